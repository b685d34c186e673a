"""Upload: the pictures of a request, from its body; nothing is written to a disk on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.serving.refusal import Refusal
from assay.web.form import parse_form

SIGNATURES = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "GIF": (b"GIF87a", b"GIF89a"),
}
"""First bytes of the formats that are taken; WebP's lie in two places."""
HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


@dataclass(frozen=True)
class Upload:
    """One picture as it was sent.

    Attributes:
        name: the client's; shown to the client alone, and never kept.
        content: bytes of the file.
    """

    name: str
    content: bytes


def uploads_of(content_type: str, body: bytes, *, most: int, largest: int) -> list[Upload]:
    """The pictures of a body: the body itself, or the files of a form.

    Args:
        content_type: of the request; multipart/form-data is a form, anything else one picture.
        body: of the request.
        most: pictures in a request.
        largest: bytes of a picture.

    Raises:
        Refusal: there is none, there are too many, one is too large or of a format that is not taken.
    """
    kind = content_type.partition(";")[0].strip().lower()
    uploads = _files(content_type, body) if kind == "multipart/form-data" else [Upload("picture", body)]
    if not uploads or not any(upload.content for upload in uploads):
        raise Refusal("request", "There is no picture in the request: send its bytes as the body, or files of a form.")
    refuse_unfit(uploads, most=most, largest=largest)
    return uploads


def refuse_unfit(uploads: Sequence[Upload], *, most: int, largest: int) -> None:
    """Return where there are no more pictures than are taken, none too large, all of formats that are taken.

    Raises:
        Refusal: they are not.
    """
    if len(uploads) > most:
        raise Refusal("too-large", f"{len(uploads)} pictures; at most {most} are taken in a request.")
    for number, upload in enumerate(uploads, start=1):
        if len(upload.content) > largest:
            raise Refusal(
                "too-large", f"Picture {number} has {len(upload.content)} bytes; at most {largest} are taken."
            )
        refuse_other_formats(f"Picture {number}", upload.content)


def refuse_other_formats(what: str, content: bytes) -> None:
    """Return where bytes begin as a picture does that is taken.

    Args:
        what: they are, for the refusal.
        content: of the file.

    Raises:
        Refusal: they are something else, whatever their name or type says.
    """
    if content.startswith(tuple(start for starts in SIGNATURES.values() for start in starts)):
        return
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return
    if content[4:8] == b"ftyp" and content[8:12] in HEIC:
        advice = "it is HEIC; save it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible)"
        raise Refusal("format", f"{what}: {advice}.")
    raise Refusal("format", f"{what} is neither JPEG, PNG, WebP nor GIF, whatever it is called.")


def _files(content_type: str, body: bytes) -> list[Upload]:
    try:
        return [Upload(each.name, each.content) for each in parse_form(content_type, body).files]
    except ValueError as error:
        raise Refusal("request", "The form cannot be read: its boundary or its parts are broken.") from error
