"""Reviewers: who may decide, in which roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from assay.errors import ServiceError, did_you_mean
from assay.store.ids import new_id, now
from assay.store.review_tables import REVIEW_LEASES, REVIEWERS
from assay.store.trail import Personal, append_lines

REVIEWER, ARBITER, ADMIN = "reviewer", "arbiter", "admin"
ROLES = {
    REVIEWER: "looks at items",
    ARBITER: "decides where two reviewers disagree",
    ADMIN: "sees what all have done, and disables reviewers",
}


@dataclass(frozen=True)
class Reviewer:
    """A person who reviews.

    Attributes:
        id: of its row.
        name: by which he signs in.
        roles: of `ROLES`.
        created: UTC.
        disabled: UTC; "" for active.
        epoch: counts up when everything that he has signed in to shall end.
        has_password: whether he can sign in.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    created: str = ""
    disabled: str = ""
    epoch: int = 0
    has_password: bool = False

    def may(self, role: str) -> bool:
        """Whether he has a role."""
        return role in self.roles


def create_reviewer(connection: Connection, name: str, roles: Iterable[str], *, actor: str) -> Reviewer:
    """A new reviewer, who cannot sign in before he has a password.

    Raises:
        ServiceError: the name is taken or none, or there is no such role.
    """
    wanted = tuple(dict.fromkeys(roles)) or (REVIEWER,)
    if unknown := [role for role in wanted if role not in ROLES]:
        raise ServiceError(f"{unknown[0]}: there is no such role; {did_you_mean(unknown[0], ROLES)}")
    shown = " ".join(name.split())
    if not shown or len(shown) > 100:
        raise ServiceError(f"{name!r}: a reviewer's name has 1 to 100 characters")
    if any(each.name.casefold() == shown.casefold() for each in reviewers(connection)):
        raise ServiceError(f"{shown}: is a reviewer already; assay review reviewers list shows all")
    made = Reviewer(new_id(), shown, wanted, now())
    row = {"id": made.id, "name": shown, "roles": " ".join(wanted), "created": made.created, "epoch": 0}
    empty = dict.fromkeys(("password", "disabled", "link", "link_expires"), "")
    connection.execute(REVIEWERS.insert().values(**row, **empty))
    _note(connection, "reviewer created", made, actor)
    return made


def disable_reviewer(connection: Connection, reviewer: Reviewer, *, actor: str) -> Reviewer:
    """Let a reviewer do nothing from now on; what he said stays, what he was lent is free. Again changes nothing."""
    if not reviewer.disabled:
        mine = REVIEWERS.c.id == reviewer.id
        values = {"disabled": now(), "link": "", "link_expires": "", "epoch": reviewer.epoch + 1}
        connection.execute(REVIEWERS.update().where(mine).values(**values))
        connection.execute(REVIEW_LEASES.delete().where(REVIEW_LEASES.c.reviewer == reviewer.id))
        _note(connection, "reviewer disabled", reviewer, actor)
    return find_reviewer(connection, reviewer.id)


def reviewers(connection: Connection) -> list[Reviewer]:
    """All of them, in the order of their making."""
    return [_read(row) for row in connection.execute(select(REVIEWERS).order_by(REVIEWERS.c.id))]


def reviewer_of(connection: Connection, reviewer: str) -> Reviewer | None:
    """The reviewer of an id; None where there is none."""
    row = connection.execute(select(REVIEWERS).where(REVIEWERS.c.id == reviewer)).first()
    return None if row is None else _read(row)


def find_reviewer(connection: Connection, text: str) -> Reviewer:
    """The reviewer of a name or an id.

    Raises:
        ServiceError: there is none.
    """
    for each in reviewers(connection):
        if text == each.id or text.casefold() == each.name.casefold():
            return each
    raise ServiceError(f"{text}: there is no such reviewer; assay review reviewers list shows all")


def _read(row: Any) -> Reviewer:
    roles = tuple(row.roles.split())
    return Reviewer(row.id, row.name, roles, row.created, row.disabled, row.epoch, bool(row.password))


def _note(connection: Connection, kind: str, reviewer: Reviewer, actor: str) -> None:
    personal = Personal("", {"reviewer": reviewer.id, "name": reviewer.name, "actor": actor})
    append_lines(connection, [(kind, {"roles": list(reviewer.roles)}, personal)])
