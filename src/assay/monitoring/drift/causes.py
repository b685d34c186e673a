"""Causes: why a window differs, as far as its tests tell, in words."""

from __future__ import annotations

from collections.abc import Sequence

from assay.monitoring.drift.report import CauseKind, DriftCause, DriftTest, MixOfClasses

MOST_NAMED = 4


def causes_of(tests: Sequence[DriftTest], mix: MixOfClasses | None, *, one_source: str = "") -> tuple[DriftCause, ...]:
    """Causes of what is significant, the most telling first; () where nothing is.

    Args:
        tests: all measures of a window.
        mix: of its classes; None where it was not estimated.
        one_source: name of the source without which nothing is significant; "" for none.
    """
    significant = [test for test in tests if test.significant]
    if not significant:
        return ()
    if one_source:
        words = f"only {one_source} changed: without what it sends nothing differs from the reference"
        return (DriftCause("one source", words, _names(significant), one_source),)
    if mix is not None and mix.explains:
        return (
            DriftCause("mix of classes", f"only the mix of classes changed: {_mix_words(mix)}", _names(significant)),
        )
    left = significant
    if mix is not None and mix.changed and mix.unexplained:
        left = [test for test in significant if test.name in mix.unexplained] or significant
    causes = []
    if kind := [test for test in left if test.label in ("domain", "rejected") and _rises(test)]:
        causes.append(DriftCause("new kind", f"a new kind of pictures: {_listed(kind)}", _names(kind)))
    if pictures := [test for test in left if test.about == "picture" and test.effect_name != "MMD"]:
        words = f"the pictures themselves changed, {_listed(pictures)}"
        causes.append(DriftCause("pictures", words, _names(pictures)))
    elif embedded := [test for test in left if test.effect_name == "MMD"]:
        words = "the pictures show something else: their embeddings differ, light and sharpness do not"
        causes.append(DriftCause("pictures", words, _names(embedded)))
    if not causes:
        words = f"the answers changed, the pictures do not show why, {_listed(left)}"
        causes.append(DriftCause("answers", words, _names(left)))
    if mix is not None and mix.changed and mix.agree:
        words = f"the mix of classes may have changed too ({_mix_words(mix)}), which does not explain the rest"
        causes.append(DriftCause("mix of classes", words))
    return tuple(causes)


def kinds(causes: Sequence[DriftCause]) -> tuple[CauseKind, ...]:
    """What kinds of cause there are, in their order."""
    return tuple(cause.kind for cause in causes)


def changed_words(test: DriftTest) -> str:
    """`sharpness fell (median 21 to 9.8)`, `rejected rose (3% to 12%)`."""
    if test.reference is None or test.window is None:
        return f"{test.label} differs ({test.effect_name} {test.effect:.2f})"
    shown = (f"{test.reference:.0%}", f"{test.window:.0%}") if test.effect_name == "Cramér's V" else _medians(test)
    verb = "rose" if test.window > test.reference else "fell" if test.window < test.reference else "spread"
    label = "the share out of domain or unsure" if test.label == "domain" else test.label
    label = "the share rejected" if test.label == "rejected" else label
    return f"{label} {verb} ({shown[0]} to {shown[1]})"


def _medians(test: DriftTest) -> tuple[str, str]:
    return f"median {test.reference:.3g}", f"{test.window:.3g}"


def _rises(test: DriftTest) -> bool:
    return test.reference is not None and test.window is not None and test.window > test.reference


def _listed(tests: Sequence[DriftTest]) -> str:
    ordered = sorted(tests, key=lambda test: -test.effect)
    words = [changed_words(test) for test in ordered[:MOST_NAMED]]
    if len(ordered) > MOST_NAMED:
        words.append(f"{len(ordered) - MOST_NAMED} more")
    return ", ".join(words)


def _mix_words(mix: MixOfClasses) -> str:
    moved = sorted(mix.classes, key=lambda each: -abs(each.window - each.reference))[:2]
    return ", ".join(
        f"{each.name} {each.reference:.0%} to {each.window:.0%} [{each.low:.0%}, {each.high:.0%}]" for each in moved
    )


def _names(tests: Sequence[DriftTest]) -> tuple[str, ...]:
    return tuple(test.name for test in tests)
