"""The text that digests are of, against pandas' own, which recorded digests were made with."""

from __future__ import annotations

import numpy as np
import pandas as pd

from assay.data.rows_as_text import sorted_csv

HARD = (
    "a,b",
    'say "so"',
    "two\nlines",
    "",
    " ",
    "พระ 🙂",
    "é",
    "e\u0301",
    "Z",
    "a",
    "10",
    "9",
    "\ue000",
    "\U00010000",
    "a\rb",
)


def test_the_text_is_what_pandas_writes() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "id": rng.choice(HARD, 400),
            "label": rng.integers(-1, 12, 400),
            "group": rng.choice(HARD, 400),
            "weight": rng.choice([1.0, 0.1, 1 / 3, 1e-9, 123456789.125, 2e22], 400),
        }
    ).astype({"id": "str", "group": "str"})
    for columns in (["id", "label", "group"], ["id", "label", "group", "weight"]):
        rows = table[columns]
        expected = rows.sort_values(columns).to_csv(index=False, header=False, lineterminator="\n")
        assert sorted_csv(rows) == expected
    plain = table.assign(group=[f"{number % 90:03}" for number in range(400)], id=[f"{n:x}" for n in range(400)])
    columns = ["id", "label", "group"]
    rows = plain[columns].astype({"id": "str", "group": "str"})
    assert sorted_csv(rows) == rows.sort_values(columns).to_csv(index=False, header=False, lineterminator="\n")
    assert sorted_csv(table.iloc[:0]) == sorted_csv(rows.iloc[:0]) == ""
