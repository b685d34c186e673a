"""Form: what a browser sends, taken from this site's own pages alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.requests import Request

from assay.web.body import CLOSE, BodyError, read_body
from assay.web.refusal import PageRefusal
from assay.web.session import Sessions

TOKEN = "csrf"
LARGEST, MOST_FIELDS = 65_536, 1_000
"""Bytes of a form without files, and its fields."""


@dataclass(frozen=True)
class File:
    """A file of a form.

    Attributes:
        name: the browser's.
        content: bytes.
    """

    name: str
    content: bytes


@dataclass
class PostedForm:
    """Fields and files of a form.

    Attributes:
        fields: (name, value) in the order in which they were sent.
        files: likewise; a field for a file that was left empty is none.
    """

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[File] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        """First value of a field."""
        return next((value for key, value in self.fields if key == name), default)

    def all(self, name: str) -> list[str]:
        """All values of a field."""
        return [value for key, value in self.fields if key == name]


def parse_form(content_type: str, body: bytes) -> PostedForm:
    """A form of a body.

    Args:
        content_type: of the request.
        body: all of it.

    Raises:
        ValueError: it is none, or broken.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        text = body.decode("utf-8", "replace")
        return PostedForm(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace"))
    if kind != "multipart/form-data":
        raise ValueError(f"{kind or 'a body without a type'} is no form")
    return _multipart(content_type, body)


def _multipart(content_type: str, body: bytes) -> PostedForm:
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import FormParser, parse_options_header

    _, options = parse_options_header(content_type)
    form = PostedForm()

    def take_field(each: object) -> None:
        name, value = each.field_name, each.value  # type: ignore[attr-defined]
        form.fields.append(((name or b"").decode("utf-8", "replace"), (value or b"").decode("utf-8", "replace")))

    def take_file(each: object) -> None:
        stream, name = each.file_object, each.file_name  # type: ignore[attr-defined]
        stream.seek(0)
        content = stream.read()
        if name or content:
            form.files.append(File((name or b"picture").decode("utf-8", "replace"), content))

    try:
        parser = FormParser(
            "multipart/form-data",
            take_field,
            take_file,
            boundary=options.get(b"boundary"),
            config={"MAX_MEMORY_FILE_SIZE": len(body) + 1},
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise ValueError("its boundary or its parts are broken") from error
    return form


def refuse_other_sites(request: Request) -> None:
    """Return where a page of this site sends the form, as far as the browser says where it comes from.

    A browser that sends Sec-Fetch-Site (all since 2023, over TLS or to this machine) cannot be made to lie in it.
    Origin is "null" for forms of pages whose referrer policy is no-referrer, as ours is, so that alone refuses nobody:
    the token of the form does.

    Raises:
        PageRefusal: another site does.
    """
    site = request.headers.get("sec-fetch-site", "")
    if site:
        if site not in ("same-origin", "none"):
            raise PageRefusal("other-site")
        return
    origin = request.headers.get("origin", "null")
    if origin != "null" and origin != f"{request.url.scheme}://{request.headers.get('host', '')}":
        raise PageRefusal("other-site")


def refuse_without_token(request: Request, sessions: Sessions, form: PostedForm) -> None:
    """Return where a form carries the token of its session.

    Raises:
        PageRefusal: it does not: the session has ended, or the form was not ours.
    """
    if not sessions.is_token(sessions.of(request), form.get(TOKEN)):
        raise PageRefusal("old-form")


async def read_form(request: Request, sessions: Sessions, *, limit: int = LARGEST) -> PostedForm:
    """The form of a request, which one of our pages has sent within its session.

    Args:
        request: whose body was not read yet.
        sessions: of the page.
        limit: bytes at most.

    Raises:
        PageRefusal: another site sends it, its session has ended, or it is too large, too slow or no form.
    """
    refuse_other_sites(request)
    try:
        form = parse_form(request.headers.get("content-type", ""), await read_body(request, limit))
    except BodyError as error:
        raise PageRefusal(error.name, str(error), headers=CLOSE) from error
    except ValueError as error:
        raise PageRefusal("form") from error
    refuse_without_token(request, sessions, form)
    return form
