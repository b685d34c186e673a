"""What can be said about a model by its name and weights within a moment: neither torch nor timm is imported."""

from __future__ import annotations

import difflib
import functools
import importlib.util
import re
from pathlib import Path

from assay.errors import ConfigError, WeightsError, did_you_mean
from assay.models.hub import SAFE_FILE, check_hub_answers, is_cached
from assay.models.packaged import PACKAGED

BASELINE = "baseline_cnn"
HUB = "hf-hub:"

REGISTERED = re.compile(r"^@register_model\s*\ndef (\w+)\(", re.MULTILINE)
RENAMED = re.compile(r"register_model_deprecations\(__name__, \{(.*?)\}\)", re.DOTALL)
KEY = re.compile(r"['\"](\w+)['\"]\s*:")


def check_model(name: str, weights: str) -> None:
    """Refuse a network that cannot be had, as early and as fast as that can be known.

    Args:
        name: as `build_backbone` takes it.
        weights: likewise.

    Raises:
        ConfigError: timm has no such architecture; the nearest are named.
        WeightsError: no such file, a malformed repository, a package that is not installed, or weights to be fetched
            from a hub that does not answer within 3 seconds.
    """
    _check_name(name)
    if weights == "none":
        return
    if weights == "pretrained":
        if name in PACKAGED:
            PACKAGED[name].check()
        elif name != BASELINE and not is_cached(pretrained=name):
            check_hub_answers(f"the pretrained weights of {name}")
    elif weights.startswith(HUB):
        repository, revision = repository_in(weights)
        if not is_cached(repository, revision):
            check_hub_answers(f"{repository}/{SAFE_FILE}")
    else:
        existing_file(weights)


def repository_in(weights: str) -> tuple[str, str | None]:
    """Repository and revision of "hf-hub:owner/name" or "hf-hub:owner/name@revision".

    Raises:
        WeightsError: it is neither.
    """
    identifier = weights.removeprefix(HUB)
    if not re.fullmatch(r"[\w.-]+/[\w.-]+(@[\w./-]+)?", identifier) or re.search(r"\.\.|--", identifier):
        raise WeightsError(f"model.weights={weights}: must be {HUB}owner/name, or {HUB}owner/name@revision")
    repository, _, revision = identifier.partition("@")
    return repository, revision or None


def existing_file(weights: str) -> Path:
    """The file that a path names.

    Raises:
        WeightsError: there is none.
    """
    file = Path(weights).expanduser()
    if not file.is_file():
        hint = "" if len(file.parts) > 1 or file.suffix else f"; {did_you_mean(weights, ['pretrained', 'none'])}"
        raise WeightsError(f"model.weights={weights}: there is no such file{hint}")
    return file


@functools.cache
def timm_architectures() -> frozenset[str]:
    """Names of all architectures in timm, old ones included, from its source: importing it takes seconds."""
    spec = importlib.util.find_spec("timm")
    folders = spec.submodule_search_locations if spec else None
    names: set[str] = set()
    for path in Path(folders[0]).joinpath("models").glob("*.py") if folders else ():
        text = path.read_text(encoding="utf-8")
        names.update(REGISTERED.findall(text))
        names.update(key for renamed in RENAMED.findall(text) for key in KEY.findall(renamed))
    return frozenset(names)


def _check_name(name: str) -> None:
    if ":" in name or "/" in name:
        raise ConfigError(
            f"model.name={name}: must be the name of a timm architecture; weights from elsewhere are named by "
            f"model.weights, e.g. model.name=resnet50 model.weights={HUB}owner/name"
        )
    architecture = name.partition(".")[0]
    if architecture != BASELINE and architecture not in timm_architectures():
        near = difflib.get_close_matches(architecture, sorted(timm_architectures()), n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}? " if near else ""
        raise ConfigError(f"model.name={name}: timm has no such architecture; {hint}timm.list_models() lists all")
