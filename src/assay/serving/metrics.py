"""Metrics for Prometheus: what was asked, refused and answered, and how long it took; labels from a closed set."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from assay.serving.result import Result
from assay.serving.service import Service
from assay.serving.watch.metrics import WatchCollector

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
UNFETCHED = ("fetch", "address")
"""Kinds of refusals of a picture that never came."""
METHODS = ("GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH")


class Metrics:
    """Counts of one service, in a registry of its own."""

    def __init__(self, service: Service) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self._requests = Counter("assay_requests", "Requests", ["route", "method", "status"], registry=registry)
        self._seconds = Histogram(
            "assay_request_seconds", "Seconds of requests", ["route", "status"], buckets=SECONDS, registry=registry
        )
        self._pictures = Counter("assay_pictures", "Pictures by what became of them", ["outcome"], registry=registry)
        self._stages = Histogram(
            "assay_stage_seconds", "Seconds of a picture", ["stage"], buckets=SECONDS, registry=registry
        )
        self._refusals = Counter("assay_refusals", "Refused requests by kind", ["kind"], registry=registry)
        waiting = Gauge("assay_pictures_inside", "Pictures that were let in and are not answered", registry=registry)
        waiting.set_function(lambda: service.admission.inside)
        Gauge("assay_cached_answers", "Answers in the cache", registry=registry).set_function(
            lambda: len(service.cache)
        )
        shadow = Gauge("assay_shadow_pictures", "Pictures of a shadow", ["outcome"], registry=registry)
        counts = service.shadow.counts
        shadow.labels("answered").set_function(lambda: counts.answered)
        shadow.labels("dropped").set_function(lambda: counts.dropped)
        shadow.labels("failed").set_function(lambda: counts.failed)
        registry.register(WatchCollector(service.watch))

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that has ended."""
        known = method if method in METHODS else "other"
        self._requests.labels(route, known, str(status)).inc()
        self._seconds.labels(route, str(status)).observe(seconds)

    def looked_at(self, results: list[Result]) -> None:
        """Count pictures."""
        for result in results:
            outcome = "cached" if result.cached else "answered"
            if result.answer is None:
                unfetched = result.refusal is not None and result.refusal.name in UNFETCHED
                outcome = "unfetched" if unfetched else "unreadable"
            self._pictures.labels(outcome).inc()
            for stage, milliseconds in result.timing_ms.items():
                self._stages.labels(stage).observe(milliseconds / 1000)

    def refused(self, kind: str) -> None:
        """Count a refused request."""
        self._refusals.labels(kind).inc()

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)
