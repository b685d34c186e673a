"""`assay card`: a model card or a data card, from what a bundle and its run know."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from assay.cards.data_facts import data_facts
from assay.cards.markdown import fill
from assay.cards.request import CardRequest
from assay.cards.statements import OF_DATA, OF_MODEL, read_statements
from assay.errors import ConfigError, DataError
from assay.files import atomic_write

if TYPE_CHECKING:
    from assay.deploy.bundle.bundle import Bundle


@dataclass(frozen=True)
class Card:
    """A card.

    Attributes:
        kind: "model" or "data".
        name: of the model.
        text: Markdown.
        file: that it was written to; None where it is only shown.
        open: what a person has still to say, by key.
    """

    kind: str
    name: str
    text: str
    file: Path | None
    open: dict[str, str]


def write_card(request: CardRequest, config: DictConfig) -> Card:
    """Fill the card of a model, or of the pictures that it was made and measured with.

    Raises:
        ConfigError: the file with statements cannot be used, a file that is there would be replaced, or `to` is a
            folder.
        AssayError: there is no such model, or what it was made of is not recorded here.
    """
    wanted = OF_MODEL if request.kind == "model" else OF_DATA
    statements = read_statements(request.about, wanted)
    file = Path(request.to).expanduser() if request.to else None
    if file is not None and file.is_dir():
        raise ConfigError(f"to={file}: is a folder; name a file in it")
    if file is not None and file.exists() and not request.overwrite:
        raise ConfigError(f"to={file}: is there already; name another file, or replace it with overwrite=true")
    from assay.serving.origin import find_bundle

    bundle, origin = find_bundle(config, request.run)
    facts = _model(bundle) if request.kind == "model" else _data(config, bundle)
    opened = {key: what for key, what in wanted.items() if key not in statements}
    text = fill(
        f"{request.kind}.md.j2", about=bundle.about, origin=str(origin), said=statements, wanted=wanted, **facts
    )
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(file) as temporary:
            temporary.write_text(text, "utf-8")
    return Card(request.kind, bundle.about.name, text, file, opened)


def _model(bundle: Bundle) -> dict[str, Any]:
    from assay.deploy.bundle.bundle import EVIDENCE
    from assay.evaluation.catalogue import shown_on
    from assay.serving.model_card import limits_of

    if EVIDENCE not in bundle.about.files:
        raise DataError(
            f"{bundle.folder}: this bundle holds no evidence, so there is nothing to fill a card with; name the run "
            "that it was made of"
        )
    evidence = bundle.evidence
    measured = evidence.metrics
    return {
        "evidence": evidence,
        "limits": [str(limit) for limit in limits_of(evidence)],
        "metrics": {name: measured[name] for name in shown_on("mlflow", measured)},
        "digest": bundle.digest,
    }


def _data(config: DictConfig, bundle: Bundle) -> dict[str, Any]:
    from assay.registry.open_registry import store_of
    from assay.run.recorded_run import RecordedRun

    record = store_of(config).find(bundle.about.run_id)
    return data_facts(RecordedRun(record).manifest)
