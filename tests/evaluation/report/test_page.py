import json
import re
import subprocess
import sys

import numpy as np
import pytest

from assay.evaluation.cost import Cost
from assay.evaluation.report.sections import SECTIONS
from assay.postprocess.calibration import Temperature

ALWAYS = (
    "findings", "mistakes", "confusion", "classes", "calibration", "ranking", "learning", "cost", "numbers",
    "environment",
)  # fmt: skip
GRADES = ("flawless", "slight", "marked", "defective")


@pytest.fixture
def grades(random_case):
    return random_case([40, 12, 8, 20], GRADES, ordered=True, cost=Cost(3_400_000, 13.6, 15.25, 18.5, None, 100, "cpu"))


def test_page_has_every_section_and_the_contents_lead_to_them(grades, page_of, history):
    page = page_of(grades, history=history)
    anchors = [link["href"].removeprefix("#") for link in page.all("a")]
    assert set(ALWAYS) <= set(anchors) <= page.ids
    assert anchors == [section.key for section in SECTIONS if section.key in anchors]


def test_page_loads_nothing_from_elsewhere_and_runs_nothing(grades, page_of, history):
    page = page_of(grades, history=history)
    used = {tag for tag, _ in page.tags}
    assert used.isdisjoint({"script", "link", "iframe", "object", "embed", "base", "form"})
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), f"{tag} has a handler {name}"
            if name in ("src", "href", "srcset", "data", "poster", "action", "xlink:href"):
                assert value.startswith(("#", "data:image/"))
    assert not re.search(r"url\(|@import|https?://", page.source)
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")


def test_every_metric_of_the_evidence_stands_in_the_table_with_interval_n_and_method(grades, page_of):
    page = page_of(grades)
    table = page.source[page.source.index('id="numbers"') : page.source.index('id="environment"')]
    rows = table.split("<tr>")[2:]
    assert len(rows) == len(grades.evidence.metrics)
    for row, measured in zip(rows, grades.evidence.metrics.values(), strict=True):
        assert f">{measured.value:.3f}<" in row
        assert f"{measured.low:.3f} to {measured.high:.3f}" in row
        assert f">{measured.n}<" in row
        assert measured.method in row


def test_headline_bars_lie_where_the_interval_is(grades, page_of):
    page = page_of(grades)
    tile = page.source[page.source.index('id="headline"') :]
    f1 = grades.evidence.metrics["macro_f1"]
    left, width = map(float, re.search(r'class="span" style="left:([\d.]+)%;width:([\d.]+)%"', tile).groups())
    dot = float(re.search(r'class="dot" style="left:([\d.]+)%"', tile).group(1))
    assert left == pytest.approx(100 * f1.low, abs=0.01)
    assert left + width == pytest.approx(100 * f1.high, abs=0.02)
    assert dot == pytest.approx(100 * f1.value, abs=0.01)


def test_facts_environment_cost_and_notes_are_on_the_page(grades, page_of):
    text = page_of(grades, title="lite0 on cells", facts={"Commit": "5c2e313"}).text
    for words in (
        "lite0 on cells",
        "Commit 5c2e313",
        "config digest c0ffee",
        "3.4 M",
        "13.6 MB",
        "15.2 ms",
        "100 runs",
    ):
        assert words in text
    assert "needs more runs than 100" in text
    for note in grades.evidence.notes:
        assert note in text


def test_names_facts_and_titles_are_text_never_markup(random_case, page_of):
    evil = "<b onclick=x>&\"'</b>"
    names = (evil, "พระเครื่อง", "🧿 amulet", "]]></svg><script>alert(1)</script>")
    page = page_of(random_case([9, 8, 7, 6], names), title=evil, facts={evil: evil})
    assert not page.all("b") or all("onclick" not in attributes for attributes in page.all("b"))
    assert not page.all("script")
    for name in names:
        assert name in page.text


def test_text_that_has_no_unicode_form_does_not_stop_the_report(random_case, page_of):
    page = page_of(random_case([5, 5]), facts={"folder": b"caf\xe9".decode("utf-8", "surrogateescape")})
    assert r"caf\udce9" in page.text


def test_reliability_is_shown_before_and_after_calibration_but_once_without(random_case, case, page_of):
    plain = random_case([20, 20, 20])
    assert page_of(plain).source.count("Before calibration") == 0
    calibrator = Temperature.from_state({"method": "temperature", "temperature": 1.7, "interval": None, "n": 30,
                                         "split": "calib", "notes": []})  # fmt: skip
    calibrated = case(plain.predictions.labels, plain.predictions.logits, calibrator=calibrator)
    page = page_of(calibrated)
    assert "Before calibration" in page.text
    assert "After calibration (temperature)" in page.text
    assert "temperature 1.70" in page.text


def test_grades_keep_their_order_and_other_classes_come_worst_first(case, page_of):
    labels = np.repeat([0, 1, 2], 10)
    logits = np.eye(3)[labels] * 4
    logits[10:15] = [4, 0, 0]
    names = ("good", "bad", "fair")

    def shown(ordered):
        page = page_of(case(labels, logits, names, ordered=ordered))
        table = page.source[page.source.index('class="classes"') :]
        return re.findall(r'<th scope="row">(\w+)<', table)[:3]

    assert shown(True) == ["good", "bad", "fair"]
    assert shown(False) == ["bad", "good", "fair"]


def test_of_many_classes_the_worst_are_shown_and_the_rest_folded(random_case, page_of):
    many = random_case([6] * 35)
    page = page_of(many)
    section = page.source[page.source.index('id="classes"') : page.source.index('id="calibration"')]
    shown, folded = section.split("<details>")
    assert shown.count('<th scope="row">') == 20
    assert folded.count('<th scope="row">') == 15
    worst = min(many.evidence.per_class, key=lambda row: row.f1.value)
    assert f'<th scope="row">{worst.name}<' in shown


@pytest.mark.parametrize("classes", [2, 31, 101])
def test_pages_of_few_and_many_classes_are_whole(random_case, page_of, classes):
    page = page_of(random_case([3] * classes))
    assert set(ALWAYS) <= page.ids
    assert ("too many to draw" in page.text) == (classes > 100)


def test_one_image_gives_a_page_that_says_what_is_not_known(case, page_of):
    page = page_of(case([0], [[2.0, 0.0]], ("a", "b")))
    assert "There are none: every image is classified correctly." in page.text
    assert "No training history was recorded" in page.text
    assert "No ROC or precision-recall curves" in page.text
    assert "never predicted" in page.text
    tiles = page.source[page.source.index('id="headline"') : page.source.index('id="findings"')]
    assert ">—</div>" in tiles
    assert "All test images are of one class: ROC-AUC and PR-AUC are undefined." in tiles
    assert not any("1 images" in words for words in page.words)
    assert "nan" not in page.text.lower().split()
    assert "None" not in page.text.split()


def test_class_without_images_and_one_never_predicted_are_marked(case, page_of):
    labels = np.array([0, 0, 1, 1])
    logits = np.array([[3, 0, 0], [3, 0, 1], [3, 1, 0], [3, 0, 0.0]])
    page = page_of(case(labels, logits, ("a", "b", "c")))
    assert page.text.count("never predicted") >= 2
    assert "no images" in page.text


def test_history_without_learning_rate_or_with_gaps_is_drawn_as_far_as_it_goes(random_case, page_of, history):
    history.loc[2, "val/loss"] = np.nan
    page = page_of(random_case([5, 5]), history=history.drop(columns=["lr"]))
    assert "best 0.700 in epoch 5" in page.text
    assert "Learning rate" not in page.text
    section = page.source[page.source.index('id="learning"') :]
    assert "nan" not in section[: section.index("</section>")].lower()


def test_the_same_evidence_gives_the_same_page(grades, page_of, history):
    assert page_of(grades, history=history).source == page_of(grades, history=history).source


def test_a_page_needs_neither_matplotlib_nor_torch():
    heavy = "import json, sys, assay.evaluation.report; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert {"matplotlib", "torch", "sklearn", "PIL", "jinja2"}.isdisjoint(json.loads(done.stdout))
