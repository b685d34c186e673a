"""Origin: which bundle is meant by the words that name a model, and what it is called in the registry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.deploy.bundle.contents import ABOUT
from assay.errors import AssayError, ConfigError, GateError
from assay.registry.aliases import CHAMPION
from assay.registry.open_registry import known_models, registry_of, store_of
from assay.run.workspace import cache_folder
from assay.tracking.registered import MODEL, version_of_model

if TYPE_CHECKING:
    from assay.deploy.bundle.bundle import Bundle
    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore

ATTEMPTS = 5


@dataclass(frozen=True)
class Origin:
    """Where a bundle comes from.

    Attributes:
        source: what names it: `models:/NAME@ALIAS`, `models:/NAME/VERSION`, the id of a run, or a folder.
        model: name of the registered model; "" for a run or a folder.
        version: number of its version; "" for a run or a folder.
    """

    source: str
    model: str = ""
    version: str = ""

    def __str__(self) -> str:
        return f"{self.model}, version {self.version}" if self.model else self.source


@dataclass(frozen=True)
class NamedModel:
    """A model that there is, before anything of it is opened.

    Attributes:
        folder: of a bundle; None for what the store has.
        source: what names it.
        record: of a run; None for a version of a registered model.
    """

    folder: Path | None
    source: str
    record: RunRecord | None = None


def find_bundle(config: DictConfig, words: str = "") -> tuple[Bundle, Origin]:
    """The bundle that words name, every file of it held against its sha256, and against the history where it reigns.

    Args:
        config: where runs are recorded and what is cached where.
        words: NAME@ALIAS, models:/NAME/VERSION, the id of a run or its beginning, or the folder of a bundle; "" takes
            the champion of the registered model that is named, or of the only one.

    Raises:
        AssayError: there is no such bundle, it is damaged, or it is not what was promoted.
    """
    named, cache_dir = name_model(config, words), cache_folder(config)
    from assay.deploy.bundle.bundle import Bundle
    from assay.deploy.export.export import bundle_of
    from assay.deploy.export.profile import watched

    if named.folder is not None:
        return Bundle.open(named.folder, cache_dir=cache_dir), Origin(words)
    store = store_of(config)
    if named.record is None:
        return _registered(config, store, named.source, cache_dir)
    return watched(bundle_of(config, store, named.record), store), Origin(f"run {named.record.run_id[:8]}")


def name_model(config: DictConfig, words: str = "") -> NamedModel:
    """The model that words name, as far as it can be told without the libraries that open it.

    Raises:
        AssayError: see `find_bundle`; there is none.
    """
    folder = Path(words).expanduser()
    if words and (folder / ABOUT).is_file():
        return NamedModel(folder, words)
    if words and folder.is_dir():
        raise ConfigError(
            f"{words}: is no bundle, because it holds no {ABOUT}; assay export run=ID output=FOLDER makes one"
        )
    store = store_of(config)
    source = words or champion_of(config, store)
    if MODEL.fullmatch(source):
        version_of_model(store, source)
        return NamedModel(None, source)
    try:
        return NamedModel(None, source, store.find(source))
    except AssayError as error:
        raise type(error)(
            f"{error}. A model is named by NAME@ALIAS, the id of a run, or the folder of a bundle"
        ) from error


def _registered(config: DictConfig, store: TrackingStore, source: str, cache_dir: Path) -> tuple[Bundle, Origin]:
    """A version's bundle with the number of just this version, also while the alias moves on."""
    from assay.deploy.export.profile import watched
    from assay.deploy.mlflow.model import fetch_bundle

    for _ in range(ATTEMPTS):
        version = version_of_model(store, source)
        bundle = fetch_bundle(store, source, cache_dir=cache_dir, history=config.registry.history)
        if version_of_model(store, source).version == version.version:
            return watched(bundle, store), Origin(source, str(version.name), str(version.version))
    raise GateError(
        f"{source}: was moved {ATTEMPTS} times while it was being opened; name a version: models:/NAME/VERSION"
    )


def champion_of(config: DictConfig, store: TrackingStore) -> str:
    """`models:/NAME@champion` of the registered model that is meant: the one that is named, or the only one.

    Raises:
        GateError: nothing was promoted yet.
        TrackingError: there are several models, and none is named.
    """
    if known_models(config, store):
        registry = registry_of(config, store)
        if registry.state().champion is not None:
            return f"models:/{registry.name}@{CHAMPION}"
    raise GateError(
        "nothing was promoted yet, so there is no champion to ask; name a model by model=RUN_ID or model=FOLDER, or "
        "promote a run: assay promote run=RUN_ID gate=default"
    )


def wanted_digest(config: DictConfig, words: str = "") -> tuple[str, str]:
    """What should answer now: what names it, and the digest of its bundle as the registry has it; "" where it has none.

    Costs one question to the registry, and opens nothing.

    Raises:
        AssayError: the registry does not answer, or there is no such model.
    """
    from assay.deploy.mlflow.model import DIGEST, logged_model

    if words and not MODEL.fullmatch(words):  # a folder or a run, of which nothing else is ever meant
        return words, ""
    store = store_of(config)
    source = words or champion_of(config, store)
    return source, str(logged_model(store, source).tags.get(DIGEST, ""))
