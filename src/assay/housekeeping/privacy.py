"""`assay privacy`: what is held of people; and which runs, bundles and versions learned from what is erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.run.workspace import is_absent, opened, tracking_store
from assay.serving.manage_privacy import PrivacyResult, manage_privacy
from assay.serving.places import existing_store, store_url
from assay.serving.privacy_request import RUNS, PrivacyRequest

if TYPE_CHECKING:
    from omegaconf import DictConfig


def answer_privacy(request: PrivacyRequest, config: DictConfig) -> PrivacyResult:
    """Do what is asked.

    Raises:
        AssayError: there is no such subject, it is held by law, or a database does not answer.
        ConfigError: a limit is none.
    """
    return _runs(request, config) if request.deed == RUNS else manage_privacy(request, config)


def _runs(request: PrivacyRequest, config: DictConfig) -> PrivacyResult:
    from assay.housekeeping.used_pictures import uses_of_erased
    from assay.store.tombstones import buried

    with existing_store(store_url(config, request.store)) as store, store.reading() as connection:
        tracking = tracking_store(config)
        if is_absent(tracking):
            return PrivacyResult(uses=())
        return PrivacyResult(uses=tuple(uses_of_erased(opened(tracking), lambda names: buried(connection, names))))
