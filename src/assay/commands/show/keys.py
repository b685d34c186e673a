"""What the terminal shows of keys."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from assay.serving.manage_keys import KeysResult
from assay.terminal import styled, terminal


def text(result: KeysResult, request: object) -> None:
    """Print the keys, and what a new one is sent as."""
    console = terminal()
    if result.shown:
        console.print(styled(result.shown, "bold"), soft_wrap=True)
        console.print("what a client sends as Authorization: Bearer KEY; it is shown this once", soft_wrap=True)
    if not result.keys:
        console.print("there is no key yet: assay keys create name=NAME")
        return
    table = Table()
    for head in ("key", "name", "owner", "for", "state", "last used"):
        table.add_column(head, overflow="fold")
    for row in rows(result, request):
        state = row["refusal"] or (f"until {row['expires'][:10]}" if row["expires"] else "opens")
        cells = (row["key"][:13], row["name"], row["owner"], row["scopes"], state, row["last_used"][:10] or "never")
        table.add_row(*cells, style="dim" if row["refusal"] else "")
    console.print(table)


def document(result: KeysResult, request: object) -> dict[str, Any]:
    """The keys without their secrets; of a new one what a client sends."""
    return {**({"shown": result.shown} if result.shown else {}), "keys": rows(result, request)}


def rows(result: KeysResult, request: object) -> list[dict[str, Any]]:
    """One row for each key."""
    return [
        {
            "key": key.id,
            "name": key.name,
            "owner": result.owners.get(key.subject, ""),
            "scopes": " ".join(key.scopes),
            "created": key.created,
            "expires": key.expires,
            "revoked": key.revoked,
            "refusal": key.refusal(),
            "last_used": key.last_used,
        }
        for key in result.keys
    ]
