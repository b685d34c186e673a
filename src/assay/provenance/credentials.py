"""Content credentials (C2PA): what a file's signed manifest says of its origin, and how far that can be believed."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

NONE, INVALID, VALID, TRUSTED = "none", "invalid", "valid", "trusted"
REMOTE, UNREADABLE, MISSING = "remote", "unreadable", "missing"
ALL = (NONE, INVALID, VALID, TRUSTED, REMOTE, UNREADABLE, MISSING)
STATES = {"Invalid": INVALID, "Valid": VALID, "Trusted": TRUSTED}
KINDS = (("jpeg", b"\xff\xd8\xff"), ("png", b"\x89PNG"), ("gif", b"GIF8"), ("webp", b"RIFF"))
PACKAGE = "c2pa"
LONGEST = 120


@dataclass(frozen=True)
class Credentials:
    """What the manifest of a file says.

    Attributes:
        state: "none" for no manifest; "invalid" where file and manifest do not fit or the signature is broken; "valid"
            where they fit, by a signer that nobody here trusts; "trusted" by one that is; "remote" where the manifest
            lies elsewhere, which is not fetched; "unreadable"; "missing" where nothing here reads them.
        signer: as its certificate names it; "" for none.
        made_with: program that wrote the manifest; "" for none.
        source_types: codes of IPTC's digital source types that its actions name.
    """

    state: str
    signer: str = ""
    made_with: str = ""
    source_types: tuple[str, ...] = ()


def can_read() -> bool:
    """Whether what reads content credentials is installed."""
    return find_spec(PACKAGE) is not None


def read_credentials(content: bytes, anchors: str = "") -> Credentials:
    """The content credentials of a file; nothing is fetched, neither manifests nor the state of certificates.

    Args:
        content: of the file.
        anchors: certificates in PEM that are trusted; "" trusts nobody, so that what fits is "valid" at most.
    """
    from c2pa import C2paError, Context, Reader

    kind = next((name for name, start in KINDS if content.startswith(start)), "")
    if not kind:
        return Credentials(NONE)
    settings: dict[str, Any] = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True}}
    if anchors:
        settings["trust"] = {"trust_anchors": anchors}
    try:
        with Reader(f"image/{kind}", io.BytesIO(content), None, Context.from_dict(settings)) as reader:
            manifest = reader.get_active_manifest() or {}
            return _read(STATES.get(reader.get_validation_state() or "", INVALID), manifest)
    except C2paError.ManifestNotFound:
        return Credentials(NONE)
    except C2paError as error:
        return Credentials(REMOTE if str(error).startswith("Remote") else UNREADABLE)


def _read(state: str, manifest: Mapping[str, Any]) -> Credentials:
    signature = manifest.get("signature_info") or {}
    programs = [str(each.get("name", "")) for each in manifest.get("claim_generator_info") or ()]
    actions = [
        action
        for assertion in manifest.get("assertions") or ()
        if str(assertion.get("label", "")).startswith("c2pa.actions")
        for action in (assertion.get("data") or {}).get("actions") or ()
    ]
    codes = [str(action.get("digitalSourceType") or "").rpartition("/")[2][:LONGEST] for action in actions]
    return Credentials(
        state,
        str(signature.get("issuer") or signature.get("common_name") or "")[:LONGEST],
        ", ".join(programs)[:LONGEST],
        tuple(dict.fromkeys(code for code in codes if code)),
    )
