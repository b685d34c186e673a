"""Rights: pictures whose licence is not known, or forbids what a training does with them."""

from __future__ import annotations

import re

import pandas as pd

from assay.audit.finding import EXCLUDE, Finding
from assay.audit.findings import Findings
from assay.audit.settings import FindSettings, Sources
from assay.data.manifest import Manifest

KIND = "rights"
FORBIDS = {
    r"\bnd\b|no.?deriv": "it allows no derivatives, and a model that learned from a picture may be one",
    r"all rights reserved|©|(?<!no )(?<!no known )\bcopyright(ed)?\b": "nobody has given leave",
    r"\bno.?ai\b|no.?train|tdm.?reserv": "its owner has reserved it from training",
}
"""What a licence's name has in it -> why it does not allow training."""
PLATFORMS = {
    r"pexels": "the terms of Pexels forbid training",
    r"unsplash": "the terms of Unsplash forbid training",
}
"""What a licence's name or a source has in it -> why its terms do not allow training."""
LIMITS = {r"\bnc\b|non.?commercial": "it allows no commercial use, and what is trained on it may be bound by that"}
"""What a licence's name has in it -> what it allows only in part."""


def find_rights(manifest: Manifest, sources: Sources, settings: FindSettings) -> Findings:
    """Pictures whose licence forbids or limits training, by licence; those without one, by source.

    Where no picture has a licence, that is one finding about the dataset. Generated pictures and what is out of
    distribution are asked about too, since they are used as well.

    Args:
        manifest: with its columns `license` and `source`.
        sources: not asked.
        settings: nothing of them matters here.
    """
    table = manifest.table
    licences = table["license"].str.strip()
    reasons = _reasons(licences, FORBIDS)
    reasons = reasons.mask(reasons == "", _reasons(licences + " " + table["source"], PLATFORMS))
    limits = _reasons(licences, LIMITS).mask(reasons != "", "")
    findings = [
        *_by_terms(table, licences, reasons, "forbids_training", 0.9, EXCLUDE),
        *_by_terms(table, licences, limits, "limits_use", 0.5, ""),
    ]
    unknown = table[(licences == "") & (reasons == "")]
    if len(unknown) and len(unknown) == len(table):
        findings.append(
            Finding(
                kind=KIND,
                name="no_licences",
                images=(),
                paths=(),
                why=f"none of {len(table)} pictures has a licence; give them one in a column license of the metadata",
                score=0.3,
                values={"pictures": float(len(table))},
            )
        )
    else:
        for source, own in unknown.groupby("source", sort=True):
            findings.append(
                Finding(
                    kind=KIND,
                    name="licence_missing",
                    images=tuple(own["id"]),
                    paths=tuple(own["path"]),
                    why=(
                        f"{len(own)} pictures{f' of {source!s}' if source else ''} have no licence, and "
                        f"{len(table) - len(unknown)} others have one"
                    ),
                    score=0.6,
                    values={"source": str(source), "pictures": float(len(own))},
                )
            )
    return Findings(tuple(findings))


def _reasons(names: pd.Series, terms: dict[str, str]) -> pd.Series:
    """Why each of these allows no training, or not every one; "" where it does."""
    known = {
        name: next(
            (why for pattern, why in terms.items() if re.search(pattern, re.sub(r"[-_/]+", " ", name.lower()))), ""
        )
        for name in names.unique()
    }
    return names.map(known).astype("str")


def _by_terms(
    table: pd.DataFrame, licences: pd.Series, reasons: pd.Series, name: str, score: float, suggestion: str
) -> list[Finding]:
    findings = []
    for (reason, licence), own in table[reasons != ""].groupby([reasons, licences], sort=True):
        findings.append(
            Finding(
                kind=KIND,
                name=name,
                images=tuple(own["id"]),
                paths=tuple(own["path"]),
                why=f"{len(own)} pictures are under {licence or 'no licence'}: {reason}",
                score=score,
                suggestion=suggestion,
                values={
                    "license": str(licence),
                    "pictures": float(len(own)),
                    "sources": ",".join(sorted(set(own["source"]))),
                },
            )
        )
    return findings
