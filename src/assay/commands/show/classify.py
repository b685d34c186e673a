"""What the terminal shows of answers: bars for one picture, a table for several, the card of a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.table import Table

from assay.pages.numbers import interval, shown
from assay.predictor import Answer
from assay.serving.classified import Classified, document_of, row_of
from assay.serving.classify import Classification
from assay.serving.disclaimer import DISCLAIMER
from assay.serving.engine import Engine
from assay.serving.model_card import Fact, ModelCard
from assay.store.prediction_log import LogCounts
from assay.terminal import joined, styled, terminal

Shown = Classification | ModelCard | LogCounts
BAR, ROWS = 24, 40
"""Characters of a whole bar; rows of a table that a person still reads."""


def text(result: Shown, request: object) -> None:
    """Print the answer, the table, the card or the counts."""
    if isinstance(result, LogCounts):
        _counts(result)
    elif isinstance(result, ModelCard):
        _card(result)
    elif result.output is None and len(result.results) == 1:
        _single(result.results[0], result.engine)
    else:
        _several(result)


def document(result: Shown, request: object) -> dict[str, Any]:
    """Answers, the card, or the counts, as JSON values."""
    if isinstance(result, LogCounts):
        return asdict(result)
    engine = result.engine
    if isinstance(result, ModelCard):
        return {
            "model": _model(engine),
            "classes": list(engine.class_names),
            "evidence": {fact.what: fact.measured for fact in result.evidence},
            "limits": list(result.limits),
            "disclaimer": DISCLAIMER,
        }
    return {
        "model": _model(engine),
        "answered": result.answered,
        "failed": result.failed,
        "answered_before": result.before,
        "disclaimer": DISCLAIMER,
        "results": [document_of(each, engine) for each in result.results],
    }


def lines(result: Shown, request: object) -> Iterator[dict[str, Any]]:
    """One document for each picture, or that of the card or the counts."""
    if not isinstance(result, Classification):
        yield document(result, request)
    else:
        for each in result.results:
            yield document_of(each, result.engine)


def rows(result: Shown, request: object) -> list[dict[str, Any]]:
    """One row for each picture; of a card one for each line of its evidence; of counts one for each class."""
    if isinstance(result, LogCounts):
        return [{"label": label, "predictions": count} for label, count in result.by_label.items()]
    if isinstance(result, ModelCard):
        return [{"evidence": fact.what, **_numbers(fact)} for fact in result.evidence]
    return [row_of(each, result.engine) for each in result.results]


def ending(result: Shown, request: object) -> None:
    """Exit with 1 where a picture has no answer."""
    if isinstance(result, Classification) and result.failed:
        raise SystemExit(1)


def _model(engine: Engine) -> dict[str, Any]:
    return {
        "source": engine.origin.source,
        "name": engine.origin.model,
        "version": engine.origin.version,
        "bundle": engine.digest,
        "serves": engine.bundle.about.serves,
        "largest_difference_of_sealed_answers": engine.largest_difference,
    }


def _numbers(fact: Fact) -> dict[str, Any]:
    measured = fact.measured
    return {"value": measured.value, "low": measured.low, "high": measured.high, "n": measured.n}


def _single(result: Classified, engine: Engine) -> None:
    console = terminal()
    console.print(styled(result.picture, "bold"), soft_wrap=True)
    if result.answer is None:
        console.print(styled(result.error, "red"), soft_wrap=True)
        return
    answer = result.answer
    console.print(_bars(answer, engine))
    for name, value in _judgements(result, answer, engine):
        console.print(joined(styled(f"{name:<11}", "dim"), value), soft_wrap=True)
    console.print(styled(DISCLAIMER["en"], "dim"), soft_wrap=True)


def _bars(answer: Answer, engine: Engine) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(overflow="fold", max_width=32)
    table.add_column(width=BAR)
    table.add_column(justify="right")
    for index in answer.probabilities.argsort()[::-1]:
        share = float(answer.probabilities[index])
        best = engine.class_names[index] == answer.label
        style = "bold" if best else ""
        table.add_row(styled(engine.class_names[index], style), "█" * round(BAR * share), styled(f"{share:.3f}", style))
    return table


def _judgements(result: Classified, answer: Answer, engine: Engine) -> Iterator[tuple[str, str]]:
    right = round(100 * answer.confidence)
    yield "confidence", f"of 100 pictures answered like this, about {right} are {answer.label}"
    if answer.possible:
        yield "possible", ", ".join(answer.possible)
    yield "domain", " because ".join(part for part in (answer.domain, answer.reason) if part)
    yield "person", "should look at it" if result.for_a_person else "need not look at it"
    yield "model", f"{engine.origin}, bundle {engine.digest[:12]}, answers in {engine.bundle.about.serves}"
    yield "took", f"reading {result.read_ms:.0f} ms, answer {result.answer_ms:.0f} ms"


def _several(result: Classification) -> None:
    console = terminal()
    answered = [each for each in result.results if each.answer is not None]
    failed = [each for each in result.results if each.answer is None]
    if answered:
        console.print(_table(answered[:ROWS]))
    if len(answered) > ROWS:
        console.print(f"and {len(answered) - ROWS} more; format=csv or output=FILE.csv has them all")
    for each in failed[:ROWS]:
        console.print(joined(styled("✗ ", "red"), each.error), soft_wrap=True)
    if len(failed) > ROWS:
        console.print(f"and {len(failed) - ROWS} more that could not be read")
    for name, value in _summary(result):
        console.print(joined(styled(f"{name:<11}", "dim"), value), soft_wrap=True)
    console.print(styled(DISCLAIMER["en"], "dim"), soft_wrap=True)


def _table(answered: list[Classified]) -> Table:
    table = Table()
    table.add_column("picture", overflow="fold")
    table.add_column("class", overflow="fold")
    table.add_column("confidence", justify="right")
    table.add_column("domain")
    table.add_column("person")
    for each in answered:
        assert each.answer is not None
        cells = (each.picture, each.answer.label, f"{each.answer.confidence:.3f}", each.answer.domain)
        table.add_row(*cells, "should look" if each.for_a_person else "", style="yellow" if each.for_a_person else "")
    return table


def _summary(result: Classification) -> Iterator[tuple[str, str]]:
    rate = (result.answered + result.failed) / result.seconds if result.seconds > 0 else 0.0
    took = (
        f"{result.seconds:.1f} s, {rate:.1f} a second" if result.answered + result.failed else "nothing was left to ask"
    )
    yield "answered", f"{result.answered} pictures, {result.failed} could not be read; {took}"
    if result.before:
        yield "before", f"{result.before} were answered in {result.output} already"
    if result.ignored:
        yield "left out", f"{result.ignored} files that are no pictures by their names"
    if result.output is not None:
        yield "written", str(result.output)
    engine = result.engine
    yield "model", f"{engine.origin}, bundle {engine.digest[:12]}, answers in {engine.bundle.about.serves}"


def _card(card: ModelCard) -> None:
    console, engine = terminal(), card.engine
    about = engine.bundle.about
    console.print(styled(str(engine.origin), "bold"), soft_wrap=True)
    sealed = engine.largest_difference
    held = "exported before pictures were sealed" if sealed is None else f"sealed answers within {sealed:.1g}"
    for name, value in (
        ("bundle", f"{engine.digest[:12]}, answers in {about.serves}, {held}"),
        ("trained as", f"run {about.run_id[:8]}, {about.backbone}, made {about.made[:10]}"),
        *([("views", f"{len(about.views)}, averaged: {', '.join(about.views)}")] if about.views else []),
        ("classes", ", ".join(engine.class_names)),
        ("licences", "; ".join(about.licences) or "none known"),
    ):
        console.print(joined(styled(f"{name:<11}", "dim"), value), soft_wrap=True)
    table = Table()
    table.add_column("measured on test images")
    table.add_column("value", justify="right")
    table.add_column("interval", justify="right")
    table.add_column("n", justify="right")
    for fact in card.evidence:
        value = "—" if fact.measured.value is None else shown(fact.measured.value)
        table.add_row(fact.what, value, interval(fact.measured), str(fact.measured.n))
    console.print(table)
    for limit in card.limits:
        console.print(f"• {limit}")
    console.print(styled(DISCLAIMER["en"], "dim"), soft_wrap=True)


def _counts(counts: LogCounts) -> None:
    console = terminal()
    between = f", from {counts.first[:16]}Z to {counts.last[:16]}Z" if counts.predictions else ""
    console.print(f"{counts.predictions} answers{between}; a person should look at {counts.for_a_person}")
    for title, parts in (("class", counts.by_label), ("domain", counts.by_domain), ("model", counts.by_version)):
        table = Table()
        table.add_column(title, overflow="fold")
        table.add_column("answers", justify="right")
        table.add_column("share", justify="right")
        for name, count in parts.items():
            table.add_row(name, str(count), f"{count / counts.predictions:.1%}")
        if parts:
            console.print(table)
