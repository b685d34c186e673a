"""Options of plug-ins, found by Hydra."""
