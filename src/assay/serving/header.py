"""What a picture says of itself before it is decoded: that it is one, and how large."""

from __future__ import annotations

import io

from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
"""That are opened, by their openers' names; MPO is opened as the JPEG that it begins as."""


def refusal_by_header(content: bytes, most_pixels: int) -> str:
    """Why a picture is not decoded, by its header alone; "" where it may be.

    Args:
        content: bytes of the file.
        most_pixels: of a picture.
    """
    most = f"at most {most_pixels / 1e6:g} megapixels are decoded"
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            width, height = image.size
    except Image.DecompressionBombError:
        return f"it claims far more pixels than a photograph has; {most}"
    except MemoryError:
        raise
    except Exception:  # a damaged header makes Pillow raise nearly anything
        return "its header is damaged or cut off"
    return f"{width}×{height} pixels; {most}" if width * height > most_pixels else ""
