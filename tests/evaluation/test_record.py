import dataclasses
import json
from dataclasses import dataclass

import pytest

from assay.evaluation.record import from_record


@dataclass(frozen=True)
class Inner:
    name: str
    pair: tuple[float, float | None] = (0.0, None)


@dataclass(frozen=True)
class Outer:
    by_name: dict[str, Inner]
    many: tuple[Inner, ...] = ()
    maybe: Inner | None = None
    cells: tuple[tuple[int, int, int], ...] = ()
    anything: dict[str, object] | None = None


def through_json(value):
    return json.loads(json.dumps(dataclasses.asdict(value)))


@pytest.mark.parametrize(
    "value",
    [
        Outer({}),
        Outer({"a": Inner("x", (1.5, 2.0))}, (Inner("y"),), Inner("z"), ((1, 2, 3),), {"deep": [1, None]}),
    ],
)
def test_what_went_through_json_is_the_same_again(value):
    assert from_record(Outer, through_json(value)) == value


def test_a_missing_field_takes_its_default():
    assert from_record(Outer, {"by_name": {}}) == Outer({})


@pytest.mark.parametrize(
    "content",
    [{}, {"by_name": {}, "unknown": 1}, {"by_name": []}, {"by_name": {"a": 3}}, {"by_name": {}, "many": "text"}, None],
)
def test_another_shape_is_a_type_error(content):
    with pytest.raises(TypeError):
        from_record(Outer, content)
