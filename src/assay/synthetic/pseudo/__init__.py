"""Pseudo-generators: pictures that are made of real training images, so that a model learns more than the generators at
hand; each in a file of its own.
"""
