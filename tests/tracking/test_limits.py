from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from assay.tracking.limits import BATCH_BYTES, batches, cut, flatten, legal_name


def test_nested_config_is_flattened_with_json_values():
    config = {
        "model": {"name": "resnet50", "drop": None, "ema": True},
        "sizes": [1, {"a": 2}],
        "empty": {},
        "text": "ไทย",
    }
    assert flatten(config) == {
        "model.name": "resnet50",
        "model.drop": "null",
        "model.ema": "true",
        "sizes": '[1, {"a": 2}]',
        "empty": "{}",
        "text": "ไทย",
    }


def test_names_that_become_the_same_are_kept_apart():
    assert flatten({"a!": 1, "a?": 2, "a_": 3}) == {"a_": "1", "a__2": "2", "a__3": "3"}


def test_a_long_value_is_cut_with_a_mark():
    short = cut("x" * 10_000, 6000)
    assert len(short) == 6000
    assert short.endswith("… [cut, 10000 characters]")
    assert cut("x" * 6000, 6000) == "x" * 6000


@given(st.dictionaries(st.text(max_size=300), st.text(max_size=50) | st.floats() | st.none() | st.lists(st.integers())))
def test_mlflow_takes_every_name_and_value(config: dict):
    from mlflow.entities import Param
    from mlflow.utils.validation import _validate_param, _validate_param_keys_unique

    flat = flatten(config)
    assert len(flat) == len(config)
    for name, value in flat.items():
        _validate_param(name, value)
    _validate_param_keys_unique([Param(name, value) for name, value in flat.items()])


@given(st.text(max_size=300))
def test_mlflow_takes_every_metric_name(name: str):
    from mlflow.utils.validation import _validate_metric

    _validate_metric(legal_name(name), 1.0, 0, 0)


def test_a_name_that_is_legal_stays_as_it_is():
    for name in ("test/macro_f1", "robust/jpeg 65/macro_f1", "lr", "synthetic/fid/พระ"):
        assert legal_name(name) == name


@given(st.dictionaries(st.text(), st.text(alphabet="aé", max_size=6000), max_size=250))
def test_batches_hold_everything_once_and_fit_into_a_request(params: dict[str, str]):
    groups = list(batches(params))
    assert {name: value for group in groups for name, value in group.items()} == params
    assert sum(map(len, groups)) == len(params)
    for group in groups:
        assert 0 < len(group) <= 100
        assert len(group) == 1 or sum(len(json.dumps([k, v])) for k, v in group.items()) <= BATCH_BYTES
