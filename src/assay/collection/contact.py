"""Contact: whom a server can write to that is asked for pictures."""

from __future__ import annotations

import re

from assay.errors import ConfigError

CONTACT = re.compile(r"[^@\s<>()]+@[^@\s<>()]+\.[^@\s<>()]+|https?://[^\s<>()]+\.[^\s<>()]+")


def checked_contact(contact: str) -> str:
    """The contact, where it is one.

    Raises:
        ConfigError: it is no mail address and no page.
    """
    if not CONTACT.fullmatch(contact.strip()) or not contact.isascii():
        raise ConfigError(
            f"contact={contact}: servers have to hear whom they can write to; give a mail address or a page of yours, "
            "as in contact=me@example.org"
        )
    return contact.strip()
