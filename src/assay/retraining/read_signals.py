"""What is new, read from the store: reviewed labels that training may have, and alerts that nobody has resolved."""

from __future__ import annotations

from sqlalchemy import Connection

from assay.monitoring.alert import OF_NO_BUNDLE, REVIEW_NEXT, NextStep
from assay.monitoring.alerts import standing_alerts
from assay.retraining.signals import OpenAlert, Signals, signals_of
from assay.review.labels.gather import gather_labels
from assay.review.labels.label_set import TEST, pictures_of
from assay.store.kept_pictures import KeptPictures


def read_signals(connection: Connection, since: str, *, pictures: KeptPictures, count: int, agreed: int = 1) -> Signals:
    """What is new after a moment.

    Labels count that could be trained on: decided, of a kept picture, with a consent to that, and in no test set. An
    alert of a service that nobody asks or watches, or of a client that is held back, asks for no labels.

    Args:
        connection: that may read.
        since: UTC; "" for ever.
        pictures: that are kept.
        count: pictures that an alert asks to have reviewed.
        agreed: reviewers that must have chosen a class.
    """
    tested = pictures_of(connection, TEST)
    labels = gather_labels(connection, pictures, agreed=agreed).labels
    times = [label.reviewed for label in labels if label.reviewed > since and label.picture not in tested]
    alerts = [
        OpenAlert(alert.id, alert.kind, alert.opened, NextStep(REVIEW_NEXT, count).command(alert.id))
        for alert in standing_alerts(connection)
        if alert.kind not in OF_NO_BUNDLE
    ]
    return signals_of(times, alerts)
