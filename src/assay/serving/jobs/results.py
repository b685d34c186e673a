"""Results of a job: a line of JSON for each picture, or a table of Parquet."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from assay.store.jobs import JobResult, results_of
from assay.store.service_store import ServiceStore

JSONL, PARQUET = "application/jsonl", "application/vnd.apache.parquet"
COLUMNS = ("number", "name", "id", "time", "label", "confidence", "possible", "domain", "reason", "for_a_person")
MODEL = ("model", "version", "bundle", "problem")


def all_results(store: ServiceStore, job: str) -> Iterator[JobResult]:
    """All results of a job, read in pages: a client that reads slowly holds no connection."""
    after = -1
    while True:
        with store.reading() as connection:
            page = results_of(connection, job, after=after)
        if not page:
            return
        yield from page
        after = page[-1].item.number


def document_of_result(result: JobResult) -> dict[str, Any]:
    """A result as JSON values: the picture, its answer or its problem, and which model has answered."""
    item = result.item
    document = {"number": item.number, "name": item.name, "id": item.prediction, "time": result.time}
    document |= {"for_a_person": True} | dict(result.answer)
    document |= {"model": result.model, "version": result.version, "bundle": result.bundle}
    return document | ({"problem": dict(item.problem)} if item.problem else {})


def as_lines(results: Iterable[JobResult]) -> Iterator[str]:
    """JSONL."""
    for result in results:
        yield json.dumps(document_of_result(result), ensure_ascii=False, allow_nan=False) + "\n"


def as_parquet(results: Iterable[JobResult]) -> bytes:
    """A row for each picture, a column `probability_CLASS` for each class that any of the models knows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    documents = [document_of_result(result) for result in results]
    classes = list(dict.fromkeys(name for each in documents for name in each.get("probabilities", {})))
    kinds = {
        "number": pa.int64(),
        "confidence": pa.float64(),
        "possible": pa.list_(pa.string()),
        "for_a_person": pa.bool_(),
    }
    columns = {name: [each.get(name) for each in documents] for name in COLUMNS}
    columns |= {
        f"probability_{name}": [each.get("probabilities", {}).get(name) for each in documents] for name in classes
    }
    columns |= {name: [each.get(name) for each in documents] for name in MODEL[:-1]}
    columns[MODEL[-1]] = [each["problem"]["detail"] if "problem" in each else None for each in documents]
    kinds |= {f"probability_{name}": pa.float64() for name in classes}
    table = pa.table({name: pa.array(values, kinds.get(name, pa.string())) for name, values in columns.items()})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()
