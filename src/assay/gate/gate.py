"""Gate: every check is run and shown, then it is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from assay.config.source import derives_from
from assay.config.targets import build, present_name
from assay.errors import AssayError, ConfigError
from assay.evaluation.catalogue import names_on
from assay.files import digest_of
from assay.gate.case import Case
from assay.gate.check import Check
from assay.gate.integrity import WHO, integrity_checks, left_out_by, loosened, with_integrity
from assay.gate.settings import GateSettings
from assay.gate.verdict import CheckResult, Override, Verdict
from assay.measurement import Measurement
from assay.progress import track
from assay.tracking.environment import git_state, lock_digest

CHECK = f"{Check.__module__}.{Check.__qualname__}"


@dataclass(frozen=True)
class Gate:
    """A gate as it is asked.

    Attributes:
        name: of its file.
        purpose: the sentence with which that begins.
        checks: by name.
        settings: how intervals are made.
        changes: what was typed to ask otherwise than the file does.
        loosened: what it asks less of integrity than every gate does.
        loosened_by: who wants that, and why; None where nothing is loosened.
    """

    name: str
    purpose: str
    checks: Mapping[str, Check]
    settings: GateSettings
    changes: tuple[str, ...] = ()
    loosened: tuple[str, ...] = ()
    loosened_by: Override | None = None

    @classmethod
    def of(
        cls,
        name: str,
        purpose: str,
        settings: GateSettings,
        changes: Sequence[str] = (),
        *,
        loosened_by: Override | None = None,
    ) -> Gate:
        """Build the checks: those that belong to every gate, and its own.

        Args:
            name: of its file.
            purpose: the sentence with which that begins.
            settings: what it says, with the changes.
            changes: words that made them.
            loosened_by: who wants that less is asked of integrity than every gate asks, and why.

        Raises:
            ConfigError: there is none, a target is no check, an argument cannot be, or a check that belongs to every
                gate is replaced, or left out or weakened without a person and a reason.
        """
        if not any(node is not None for node in settings.checks.values()):
            raise ConfigError(f"gate={name}: it asks nothing; a gate needs one check at least")
        judged = with_integrity(settings.checks, left_out_by(changes))
        checks = {key: _built(key, node) for key, node in judged.items()}
        standard = {key: _built(key, node) for key, node in integrity_checks().items()}
        _refuse_stand_ins(checks, standard)
        less = loosened(checks, standard)
        if less and loosened_by is None:
            raise ConfigError(
                f"gate={name}: it asks less of integrity than every gate does ({', '.join(less)}), which takes a "
                f"person and a reason: {WHO}"
            )
        return cls(name, purpose, checks, settings, tuple(changes), less, loosened_by if less else None)

    @property
    def title(self) -> str:
        """Its name, which says so when it was asked otherwise than its file, or less than every gate says."""
        return f"{self.name} (changed)" if self.changes or self.loosened else self.name

    @property
    def digest(self) -> str:
        """Hex sha256 of all checks with all their bounds, and of how intervals are made."""
        asked = {key: [type(check).__name__, asdict(check)] for key, check in self.checks.items()}  # type: ignore[call-overload]
        about = asdict(self.settings)
        del about["checks"]
        return digest_of([asked, about])


def judge(case: Case, gate: Gate, *, override: Override | None = None, author: str = "") -> Verdict:
    """Run every check and decide.

    What failed can be overridden by a person who gives a name and a reason, unless it is hard: a bundle that cannot be
    read, or that is not what was measured, is never promoted. An override that was not needed is not used.

    Args:
        case: what is judged.
        gate: what is asked.
        override: that a person asks for.
        author: who asks for the verdict.
    """
    results = tuple(
        replace(check(case), name=name) for name, check in track(list(gate.checks.items()), "checking", unit="checks")
    )
    failed = [result for result in results if not result.passed]
    barred = [result for result in failed if result.hard]
    lifted = override if failed and not barred and case.bundle is not None else None
    passed = case.bundle is not None and (not failed or lifted is not None)
    record, about = case.run.record, case.bundle.about if case.bundle else None
    test_digest, n = _test(case)
    commit, _ = git_state()
    return Verdict(
        model=case.model,
        run_id=record.run_id,
        run_name=record.name,
        backbone=about.backbone if about else record.params.get("model.name", ""),
        bundle_digest=case.bundle.digest if case.bundle else "",
        gate=gate.title,
        gate_digest=gate.digest,
        checks=results,
        decision="promote" if passed else "refuse",
        override=lifted,
        champion=case.champion.version,
        champion_digest=case.champion.digest,
        test_digest=test_digest,
        n=n,
        challenger=case.test_set_rank or 0,
        metrics=_metrics(case),
        author=author,
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        git_commit=commit,
        lock_digest=lock_digest(),
        notes=(*_changed(gate), *_notes(case, failed, barred, override, lifted)),
        serves=about.serves if about else "",
    )


def _built(key: str, node: Any) -> Check:
    from hydra.errors import InstantiationException

    place = f"gate.checks.{key}"
    if not isinstance(node, Mapping) or "_target_" not in node:
        raise ConfigError(f"{place}: must name a check, {{_target_: assay.gate.checks.…}}, got {node!r:.60}")
    no_check = f"{place}._target_: {node['_target_']} is no check; those lie in assay.gate.checks or a plug-in"
    if not derives_from(present_name(str(node["_target_"])), CHECK):  # building it would call it, whatever it is
        raise ConfigError(no_check)
    try:
        check = build(node)
    except (AssayError, InstantiationException) as error:
        cause = error if isinstance(error, AssayError) else error.__cause__ or error
        raise ConfigError(f"{place}: {str(cause).splitlines()[0]}") from error
    if not isinstance(check, Check):
        raise ConfigError(no_check)
    return check


def _refuse_stand_ins(checks: Mapping[str, Check], standard: Mapping[str, Check]) -> None:
    for name, check in standard.items():
        if name in checks and type(checks[name]) is not type(check):  # a subclass may ask anything
            raise ConfigError(
                f"gate.checks.{name}: this is the name of a check that belongs to every gate ({type(check).__name__}); "
                "give yours another name"
            )


def _test(case: Case) -> tuple[str, int]:
    try:
        return case.run.test.digest, len(case.run.test)
    except AssayError:
        return case.run.record.tags.get("test_digest", ""), 0


def _metrics(case: Case) -> dict[str, Measurement]:
    """The candidate's main numbers as scored now; none where it cannot be scored."""
    try:
        known = case.candidate.evidence.measured()
    except AssayError:
        return {}
    kept = names_on("verdict")
    return {
        metric if name is None else f"{metric}/{name}": measured
        for (metric, name), measured in known.items()
        if metric in kept
    }


def _changed(gate: Gate) -> list[str]:
    notes = []
    if gate.changes:
        notes.append(
            f"The gate was changed for this verdict, {gate.name} itself asks otherwise: {' '.join(gate.changes)}"
        )
    if gate.loosened_by is not None:
        notes.append(
            f"Less was asked of integrity than every gate asks ({', '.join(gate.loosened)}), by "
            f"{gate.loosened_by.by}: {gate.loosened_by.reason}"
        )
    return notes


def _notes(
    case: Case,
    failed: list[CheckResult],
    barred: list[CheckResult],
    override: Override | None,
    lifted: Override | None,
) -> list[str]:
    notes = []
    if lifted is not None:
        names = ", ".join(result.name for result in failed)
        notes.append(f"Overridden by {lifted.by}, who lets it pass without {names}: {lifted.reason}")
    elif override is not None and not failed:
        notes.append(f"{override.by} asked for an override; nothing failed, so it was not needed and is not used.")
    elif override is not None:
        names = ", ".join(result.name for result in barred) or "the bundle itself"
        notes.append(
            f"{override.by} asked for an override ({override.reason}). It cannot lift {names}: without that, what was "
            "measured is not what would be served."
        )
    if case.champion.let_through:
        notes.append(
            f"The champion, version {case.champion.version}, is current although the gate refused it: promoted by "
            f"{case.champion.let_through}"
        )
    if not case.champion.version:
        notes.append("There is no current champion: checks that compare with it pass, and this is the first champion.")
    elif case.test_set_rank is None:
        notes.append("How many runs were measured on these test images could not be counted.")
    return notes
