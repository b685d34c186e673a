"""An installation in a folder of its own, and what its doctor says of it."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from assay.cli import main
from assay.config.compose import compose
from assay.housekeeping.doctor.diagnosis import Diagnosis
from assay.housekeeping.doctor.doctor import chosen, examine
from assay.housekeeping.doctor.installation import Installation
from assay.housekeeping.doctor.request import DoctorRequest
from assay.store.ids import as_time, new_id
from assay.store.prediction_log import PredictionRecord, log_predictions
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject


class Patient:
    """An installation in a folder of its own.

    Attributes:
        root: with everything that belongs to it.
        store: URL of the service's database.
    """

    def __init__(self, root: Path, store: str) -> None:
        self.root, self.store = root, store
        self.words = [f"tracking.uri=sqlite:///{root}/mlflow.db", f"tracking.artifacts={root}/artifacts"]
        self.words += [f"tracking.work={root}/work"]
        self.cache = f"cache={root}/cache"

    @property
    def file(self) -> Path:
        return self.root / "service.db"

    def installation(self, moment: datetime | None = None, mounts: Path | None = None, **asked: Any) -> Installation:
        made = Installation(DoctorRequest(store=self.store, **asked), compose([*self.words, self.cache]), moment)
        return made if mounts is None else replace(made, mounts=mounts)

    def says(self, check: str, **more: Any) -> list[Diagnosis]:
        """What one check says, after mending where that is asked for."""
        return list(examine(self.installation(**more), chosen([check])).diagnoses)

    def worst(self, check: str, **more: Any) -> Diagnosis:
        order = ("broken", "warning", "ok", "absent")
        return min(self.says(check, **more), key=lambda diagnosis: order.index(diagnosis.state))

    def types(self, fix: str, *more: str, store: bool = True) -> None:
        """Type the first command of a fix, for this installation."""
        (command, *_) = re.findall(r"assay [^;,]*", fix)
        words = shlex.split(command)[1:]
        cache = [self.cache] if words[0] in ("doctor", "clean") else []
        main([*words, *([f"store={self.store}"] if store else []), *self.words, *cache, *more])

    def log(self, count: int, *, days: float = 0.0) -> None:
        """Answers that were given so many days from now."""
        moment = datetime.now(UTC) + timedelta(days=days)
        with ServiceStore(self.store) as opened:
            subject = opened.write(lambda connection: add_subject(connection, "phone")).id
            records = [_record(subject, as_time(moment)) for _ in range(count)]
            opened.write(lambda connection: log_predictions(connection, records))


def _record(subject: str, moment: str) -> PredictionRecord:
    return PredictionRecord(
        id=new_id(),
        time=moment,
        request=new_id(),
        subject=subject,
        key=new_id(),
        picture="a" * 64,
        model="cells",
        version="3",
        bundle="b" * 64,
        arm="champion",
        label="jade",
        confidence=0.75,
        answer={"label": "jade"},
        statistics={},
        domain="in-domain",
        for_a_person=False,
        total_ms=31.5,
    )
