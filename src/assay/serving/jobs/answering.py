"""JobAnswerer: what jobs need of the service that answers their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from assay.serving.admission import Admission
    from assay.serving.allowance import Allowance
    from assay.serving.engine import Engine
    from assay.serving.fetch.fetcher import Fetcher
    from assay.serving.identity import Identity
    from assay.serving.keeping import Keeping
    from assay.serving.prediction_writer import Also
    from assay.serving.result import Result
    from assay.serving.settings import ServeRequest
    from assay.serving.upload import Upload
    from assay.store.consents import Consent
    from assay.store.service_store import ServiceStore


class JobAnswerer(Protocol):
    """See `assay.serving.service.Service`, which is one."""

    settings: ServeRequest
    store: ServiceStore
    admission: Admission
    allowance: Allowance
    fetcher: Fetcher | None
    keeping: Keeping

    @property
    def largest_picture(self) -> int:
        """Bytes of a picture that are taken."""

    async def classify(
        self,
        identity: Identity,
        uploads: Sequence[Upload],
        *,
        request_id: str,
        seconds: float,
        also: Also | None = None,
        consent: Consent | None = None,
    ) -> tuple[Engine, list[Result]]:
        """Answer pictures, and log what was answered before it is given away."""
