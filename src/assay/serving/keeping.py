"""Keeping: which pictures are kept, by whose consent, and that neither a file nor a row says so without the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from assay.data.image import Pixels
from assay.serving.consent_text import ConsentText
from assay.serving.refusal import Refusal
from assay.store.consents import KEEP, USES, Consent, consent_of_request, give_consent, standing_consent
from assay.store.kept_pictures import KeptPictures
from assay.store.prediction_log import PredictionRecord
from assay.store.tables import PREDICTIONS

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Keeping:
    """What a service keeps.

    Attributes:
        text: that is to be agreed to.
        pictures: where they lie.
    """

    text: ConsentText
    pictures: KeptPictures

    def consent(self, subject: str, request: str, sent: str | None, standing: Consent | None) -> Consent | None:
        """The consent for the pictures of a request; None where nothing of it is kept.

        Args:
            subject: id of whose pictures they are.
            request: id of the request.
            sent: its `X-Consent`: the version that is agreed to, and for what; None where there is none.
            standing: what was agreed to before, for all requests.

        Raises:
            Refusal: another version is named than the one in force, or a use that there is not.
        """
        if sent is None:
            return standing if standing is not None and standing.sha256 == self.text.sha256 else None
        version, *uses = sent.split() or [""]
        self.refuse_other(version, uses)
        return Consent(subject, version, self.text.sha256, tuple(dict.fromkeys((KEEP, *uses))), request)

    def refuse_other(self, version: str, uses: Sequence[str]) -> None:
        """Refuse consent to a text that is not in force, or for a use that there is not.

        Raises:
            Refusal: with the version that is.
        """
        if version != self.text.version:
            shown = version[:40] or "none"
            raise Refusal("consent", f"The version in force is {self.text.version}; the one agreed to is {shown}.")
        if unknown := [use for use in uses if use not in USES]:
            raise Refusal("consent", f"{unknown[0][:40]}: is no use; there are {', '.join(USES)}.")

    async def keep(self, picture: str, pixels: Pixels) -> bool:
        """Write a picture, and say whether it is there. What cannot be kept is answered nevertheless."""
        try:
            await asyncio.to_thread(self.pictures.keep, picture, pixels)
        except OSError as error:
            _log.warning("a picture cannot be kept (%s): it is answered without", error.strerror)
            return False
        return True

    def confirm(self, connection: Connection, records: Sequence[PredictionRecord], consent: Consent | None) -> None:
        """In the transaction of the log: the consent still stands, or is written with what it is for.

        Args:
            connection: in a transaction that may write.
            records: that are logged in it.
            consent: by which pictures of theirs were kept.

        Raises:
            Refusal: it was withdrawn meanwhile.
        """
        if consent is None or not any(record.kept for record in records):
            return
        if consent.request and not consent.id:
            give_consent(connection, consent, key=records[0].key)
            return
        if consent.request:  # of a job, which gave it when it was sent
            stands = consent_of_request(connection, consent.subject, consent.request)
        else:
            stands = standing_consent(connection, consent.subject)
        if stands is None or stands.id != consent.id:
            raise Refusal("consent", "The consent was withdrawn while the picture was answered; nothing is kept of it.")

    def forget(self, connection: Connection, pictures: Sequence[str]) -> None:
        """Delete those of some pictures whose rows did not come to be.

        Args:
            connection: that may read.
            pictures: their HMACs.
        """
        for picture in dict.fromkeys(pictures):
            named = select(PREDICTIONS.c.id).where(PREDICTIONS.c.picture == picture, PREDICTIONS.c.kept)
            if connection.execute(named.limit(1)).first() is None:
                self.pictures.remove([picture])
