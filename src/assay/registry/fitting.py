"""Fitting: whether a verdict let just this bundle pass, against just this champion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.errors import ChampionChanged, GateError
from assay.gate.verdict import Verdict
from assay.registry.state import State

if TYPE_CHECKING:
    from assay.deploy.bundle.bundle import Bundle


def ensure_new(run_id: str, bundle_digest: str, seen: State) -> None:
    """Return unless this very bundle reigns: promoted again it would be its own predecessor, and a rollback go nowhere.

    Raises:
        GateError: it does.
    """
    if seen.champion is not None and seen.champion.bundle_digest == bundle_digest:
        raise GateError(
            f"run {run_id}: this bundle is champion already, as version {seen.champion.version}; there is nothing to "
            "promote"
        )


def fitting(verdict: Verdict, bundle: Bundle, seen: State) -> Bundle:
    """The bundle, opened again, when it is the one that the verdict let pass.

    Raises:
        GateError: the verdict refuses it, or was about another bundle; or this bundle reigns already.
        ChampionChanged: it was judged against another champion than the one that was seen.
        BundleError: a file of it was changed.
    """
    if verdict.decision != "promote":
        raise GateError(f"run {verdict.run_id}: the verdict refuses it; only gate.override can let it pass")
    if verdict.failed and verdict.override is None:
        raise GateError(f"run {verdict.run_id}: {verdict.failed[0].name} has not passed, and nobody overrode it")
    if hard := next((check for check in verdict.failed if check.hard), None):
        raise GateError(f"run {verdict.run_id}: {hard.name} has not passed, which nobody can override")
    opened = type(bundle).open(bundle.folder, cache_dir=bundle.cache_dir)
    if opened.digest != verdict.bundle_digest or opened.about.run_id != verdict.run_id:
        raise GateError(
            f"run {verdict.run_id}: {bundle.folder} holds another bundle than the one that was judged; judge it again"
        )
    judged, reigned = verdict.champion, seen.champion.version if seen.champion else ""
    if judged != reigned:
        raise ChampionChanged(
            f"run {verdict.run_id} was judged against version {judged or 'none'}, but version {reigned or 'none'} "
            "reigned; judge it again"
        )
    ensure_new(verdict.run_id, opened.digest, seen)
    return opened
