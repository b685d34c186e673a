"""`assay embed`: fill the embedding store for a dataset, or check what is in it."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import ParsedArguments
from assay.run.embed import EmbedRequest


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    """The request, with the settings of its launcher, and the checked config."""
    from omegaconf import OmegaConf

    words = [word.removeprefix("launcher.") for word in parsed.passed]
    settings = OmegaConf.to_container(OmegaConf.from_dotlist(words), resolve=False)
    return parsed.request(request, settings=settings), parsed.config()


COMMAND = Command(
    name="embed",
    purpose="Fill the embedding store for a dataset, or check what is in it.",
    pipeline="assay.run.embed.embed",
    show="assay.commands.show.embed",
    request=EmbedRequest,
    on_dataset=True,
    arguments=_arguments,
    passed={"launcher.": "a setting of the launcher, as `hydra.launcher` has it in a multirun: launcher.address=auto"},
    examples={
        "data=folder data.root=photos model=dinov2": "embed every image once; trainings of a head take them from there",
        "data=folder data.root=photos launcher=local workers=2": (
            "two processes at once, with the same vectors; the same command elsewhere, in a folder that both see, helps"
        ),
        "data=folder data.root=photos --validate": "exit code 1 when an embedding is missing, damaged or another now",
    },
    lists={"data": "Datasets", "model": "Backbones"},
)
