"""`assay study`: many trainings that make one answer; what is there is reused."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from assay.config.help import described
from assay.config.recipe import recipes
from assay.config.words import MARKS, Words
from assay.errors import ConfigError, did_you_mean
from assay.files import digest_of
from assay.studies.study.request import StudyRequest
from assay.studies.study.study import _checked_plan, study


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name."""
    if not arguments or any(word in ("-h", "--help") for word in arguments):
        print(help_text(program))
        return
    asked = parse_study(arguments)
    if asked.plan:
        _show_plan(asked)
        return
    studied = study(asked)

    from assay.commands.show.study import show

    show(studied)


def _show_plan(asked: StudyRequest) -> None:
    plan = _checked_plan(asked)
    print(f"{asked.name}: {plan.settings.question}")
    for variant in plan.variants:
        role = "baseline" if variant is plan.variants[0] else "variant"
        borrowed = f"best of {', '.join(variant.best_of)} + " if variant.best_of else ""
        print(f"  {role:<9} {variant.name}: {borrowed}{' '.join(variant.overrides) or 'every default'}")
    print(f"  common    {' '.join(plan.common) or 'every default'}")
    folds = "" if plan.settings.folds is None else f" x {plan.settings.folds} folds"
    print(f"  {len(plan.variants)} variants x {len(plan.settings.seeds)} seeds{folds}: ", end="")
    print(f"{len(plan.variants) * len(plan.places)} trainings")


WORDS = Words(own=("study", "name", "output"), taken=("",), flags=("plan",), passed=("study.",))


WITHOUT_NAME = ("study.seeds", "study.metrics", "study.confidence", "study.resamples", "tracking", "cache")


def parse_study(arguments: Sequence[str]) -> StudyRequest:
    """The command's own words apart from those for the trainings.

    Raises:
        ConfigError: no study is named, or a word cannot be.
    """
    parted = WORDS.part(arguments)
    own = parted.own
    study = [word.replace("study.", "", 1) for word in parted.passed]
    common = list(parted.rest)
    for word in common:
        if word.lstrip(MARKS).partition("=")[0] in ("seed", "data.fold", "data.folds"):
            raise ConfigError(f"{word}: a study sets this itself; use study.seeds=[0,1,2] or study.folds=5")
    recipe = parted.needed("study", f"give study=NAME {did_you_mean('', recipes('study'))}, or the path of a YAML file")
    return StudyRequest(
        recipe=recipe,
        name=own.get("name") or _name(recipe, study, common),
        study=tuple(study),
        common=tuple(common),
        plan=own.get("plan") == "true",
        output=own.get("output", ""),
        command=shlex.join(["assay", "study", *arguments]),
    )


def _name(recipe: str, study: Sequence[str], common: Sequence[str]) -> str:
    """That of the recipe; with something of the words behind it that make it another study."""
    short = Path(recipe).stem
    told = [f"study.{word}" for word in study] + list(common)
    telling = sorted(word for word in told if not word.startswith(WITHOUT_NAME))
    return f"{short}-{digest_of(telling)[:6]}" if telling else short


def help_text(program: str) -> str:
    """The page for a terminal."""
    lines = [
        "Train variants over seeds or folds, reuse what is there, and say what is established between them.",
        "",
        f"{program} [GROUP=OPTION …] [GROUP.KEY=VALUE …] study=NAME [study.KEY=VALUE …] [name=…] [plan=true]",
        "",
    ]
    lines += [f"  {name:<24} {described('study', name)}" for name in recipes("study")]
    lines += [
        "",
        "study       one of these, or the path of a YAML file with question, baseline, variants, seeds",
        "study.KEY   a key of that file: study.seeds=[0,1,2], study.folds=5, study.metrics=[macro_f1,f1]",
        "name        of folder and parent run; another name keeps two studies of one recipe apart",
        "plan        true says what would be trained and what is there, and trains nothing",
        "output      folder for index.html, study.json, study.csv, study.md, comparison.html, comparison.json",
        "            where generated images are studied, synthetic.md, synthetic.csv and kept.parquet too",
        "",
        "Everything else goes to every training: data=folder data.root=photos evaluation=quick tracking=server …",
        "A run of the same config, images and seed is reused, never repeated; the same command goes on after a kill.",
        "The same command in a second terminal, or on a second machine that sees the folder, takes its share.",
    ]
    return "\n".join(lines)
