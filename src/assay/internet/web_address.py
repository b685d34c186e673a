"""WebAddress: what a URL names; its text is read once, strictly, so that no second reader takes it for another host."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin

from assay.internet.refused import Refused

PORTS = {"http": 80, "https": 443}
LONGEST = 2048
_URL = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]%]+)(?::([0-9]{1,5}))?")
_REFUSED = re.compile(r"[\x00-\x20\x7f\\]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_IN_TARGET = "%/?:@!$&'()*+,;=~-._"


def looks_like_url(word: str) -> bool:
    """Whether a word is meant as the URL of a picture and not as a file."""
    return word[:8].lower().startswith(("http://", "https://"))


@dataclass(frozen=True)
class WebAddress:
    """Where a picture is asked for.

    Attributes:
        scheme: "http" or "https".
        host: name in ASCII and lower case, or an IP address as it is written shortest, without brackets.
        port: 80 or 443.
        target: path and query, percent-encoded.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port as the header Host has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def leading_to(self, location: str) -> WebAddress:
        """The address that a redirect names.

        Raises:
            Refused: it is none from which pictures are fetched.
        """
        if len(location) > LONGEST or _REFUSED.search(location):
            raise Refused("The server sends on to what is no address.")
        try:
            joined = urljoin(f"{self.scheme}://{self.authority}{self.target}", location)
        except ValueError:
            raise Refused("The server sends on to what is no address.") from None
        return web_address(joined)


def web_address(url: str) -> WebAddress:
    """Read a URL.

    Raises:
        Refused: it is none, or one from which no picture is fetched.
    """
    if len(url) > LONGEST:
        raise Refused(f"The address has {len(url)} characters; at most {LONGEST} are taken.")
    whole = _URL.fullmatch(url)
    if whole is None or _REFUSED.search(url):
        raise Refused("This is no address that begins with http:// or https:// and holds no blanks.")
    scheme, authority, target = whole[1].lower(), whole[2], whole[3]
    if "@" in authority:
        raise Refused("The address holds a name or a password; only what is open to all is fetched.")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise Refused("The address names no server.")
    port = int(parts[2]) if parts[2] else PORTS[scheme]
    if port not in PORTS.values():
        raise Refused(f"Port {port}: pictures are fetched from the ports 80 and 443 alone.")
    target = target if target.startswith("/") else f"/{target}"
    return WebAddress(scheme, _host(parts[1]), port, quote(target, safe=_IN_TARGET))


def _host(text: str) -> str:
    if text.startswith("["):
        try:
            return str(ipaddress.IPv6Address(text[1:-1]))
        except ValueError:
            raise Refused("The address names no server.") from None
    name = _ascii(text).removesuffix(".")
    labels = name.split(".")
    if len(name) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise Refused("The address names no server.")
    if not _NUMBER.fullmatch(labels[-1]):
        return name
    try:  # what ends with a number is meant as an IPv4 address, of which there is one spelling here
        return str(ipaddress.IPv4Address(name))
    except ValueError:
        raise Refused("The address names no server.") from None


def _ascii(name: str) -> str:
    """A name as the DNS has it; letters and dots of other scripts are mapped as browsers do."""
    if name.isascii():
        return name.lower()
    import idna

    try:
        return idna.encode(name, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        raise Refused("The address names no server.") from None
