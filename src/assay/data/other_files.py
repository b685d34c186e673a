"""Other files: what a file is that is no picture in a known format, and what to do with it."""

from __future__ import annotations

import io
import re

from PIL import Image, TiffImagePlugin

_SIGNATURES = (
    (re.compile(rb".{4}ftyp(heic|heix|hevc|hevx|mif1|msf1)", re.DOTALL), "HEIC"),
    (re.compile(rb".{4}ftypcrx |II\*\0.{4}CR|FUJIFILMCCD-RAW|\0MRM|II[RU]\0", re.DOTALL), "a camera's raw file"),
    (re.compile(rb".{4}ftyp|\x1aE\xdf\xa3|RIFF.{4}AVI ", re.DOTALL), "a film"),
    (re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "), "JPEG XL"),
    (re.compile(rb"\xff\xd8\xff\xf7"), "JPEG-LS"),
    (re.compile(rb".{128}DICM", re.DOTALL), "DICOM"),
    (re.compile(rb"v/1\x01"), "OpenEXR (floating-point numbers without a defined white)"),
    (re.compile(rb"#\?(RADIANCE|RGBE)"), "Radiance HDR (floating-point numbers without a defined white)"),
    (re.compile(rb"P[Ff]\s"), "PFM (floating-point numbers without a defined white)"),
    (re.compile(rb"8BPS"), "a Photoshop file"),
    (re.compile(rb"DDS "), "DDS"),
    (re.compile(rb"P7\n"), "PAM"),
    (re.compile(rb"\x93NUMPY"), "an array of NumPy"),
    (re.compile(rb"\\\x01\0\0|.{344}(n\+1|ni1)\0", re.DOTALL), "NIfTI"),
    (re.compile(rb"%PDF"), "PDF"),
    (re.compile(rb"%!PS|\xc5\xd0\xd3\xc6"), "PostScript"),
    (re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!DOCTYPE svg[^>]*>\s*)?<svg", re.DOTALL), "SVG"),
)
_ARCHIVES = re.compile(rb"PK\x03\x04|\x1f\x8b|7z\xbc\xaf|Rar!|\xfd7zXZ")
_PAGE = re.compile(rb"\s*<(!DOCTYPE html|html|head|body|\?xml)", re.IGNORECASE)
_POINTER = b"version https://git-lfs.github.com/spec/"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_KINDS = {1: "whole numbers", 2: "signed whole numbers", 3: "floating-point numbers"}  # TIFF 6.0, SampleFormat
_REDUCED, _CHILDREN, _PHOTOMETRIC, _DNG, _SENSOR = 254, 330, 262, 50706, 32803


def what_it_is(data: bytes) -> str:
    """What a file holds and what to do, as the end of a sentence; "" where nothing tells."""
    if data.startswith(_POINTER):
        return "a pointer of Git LFS, not the picture itself; fetch it with: git lfs pull"
    if _ARCHIVES.match(data):
        return "an archive, not a picture; unpack it"
    for signature, what in _SIGNATURES:
        if signature.match(data):
            return f"{what} is not supported; convert it to JPEG or PNG"
    if _PAGE.match(data):
        return "a web page, not a picture; the download went wrong"
    if data[-18:-2] == b"TRUEVISION-XFILE":
        return "TGA is not supported; convert it to JPEG or PNG"
    return _of_tiff(data) if data[:4] in _TIFF else ""


def refusal_of_opened(image: Image.Image) -> str:
    """Why a TIFF that opens would be read wrongly; "" for any other picture."""
    tags = getattr(image, "tag_v2", None)
    if image.format != "TIFF" or tags is None:
        return ""
    if _DNG in tags or (int(tags.get(_REDUCED, 0)) & 1 and _CHILDREN in tags):
        return "a camera's raw file, or another TIFF that begins with a preview; convert it to JPEG or PNG"
    if 2 in tags.get(339, (1,)) and max(tags.get(258, (1,))) <= 8:
        return "a TIFF of signed whole numbers, which have no defined white; save it with unsigned ones of 8 or 16 bits"
    return ""


def _of_tiff(data: bytes) -> str:
    """What kind of numbers a TIFF holds that nobody can say how to show; "" where its tags cannot be read."""
    if data.startswith(_TIFF[3]):
        return "a big-endian BigTIFF is not supported; save it as an ordinary TIFF or as PNG"
    try:
        tags = TiffImagePlugin.ImageFileDirectory_v2(data[: 16 if b"+" in data[2:4] else 8])  # BigTIFF
        stream = io.BytesIO(data)
        stream.seek(tags.next)
        tags.load(stream)
        channels, bits, kind = int(tags.get(277, 1)), tags.get(258, (1,))[0], _KINDS.get(tags.get(339, (1,))[0], "")
        photometric = int(tags.get(_PHOTOMETRIC, 1))
    except Exception:  # a broken file may raise anything here, and its own message says no more
        return ""
    if channels < 1 or not kind:
        return ""
    if photometric == _SENSOR or _DNG in tags:
        return "a camera's raw file is not supported; convert it to JPEG or PNG"
    shown = f"a TIFF of {channels} channel{'s' if channels > 1 else ''} of {bits}-bit {kind}"
    if kind == _KINDS[1] and bits in (8, 16) and (channels, photometric) in ((1, 0), (1, 1), (3, 2)):
        return f"{shown} in a layout that is not supported (photometric interpretation {photometric}); save it as PNG"
    return (
        f"{shown}, which have no defined colour; save the channels that are to be seen as grey or RGB with 8 or 16 bits"
    )
