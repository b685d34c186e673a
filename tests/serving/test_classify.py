"""`assay classify` as a person types it, on the folder of a bundle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def test_one_picture_is_shown_with_every_probability_and_the_model(classify, bundle, photos_of_nobody):
    code, out, _ = classify(str(photos_of_nobody / "00.png"))
    answer = bundle.predict([photos_of_nobody / "00.png"])[0]
    assert code == 0
    for name, share in zip(("a", "b", "c d"), answer.probabilities, strict=True):
        assert any(line.strip().startswith(name) and f"{share:.3f}" in line for line in out.splitlines()), name
    assert bundle.digest[:12] in out
    assert "an expert should confirm it" in out


def test_a_folder_gives_every_answer_names_every_failure_and_ends_with_1(classify, bundle, photos_of_nobody):
    code, out, _ = classify(str(photos_of_nobody), "format=json")
    said = json.loads(out)
    results = {Path(row["picture"]).name: row for row in said["results"]}
    assert (code, said["answered"], said["failed"], len(results)) == (1, 11, 1, 12)
    assert "torn.jpg" in results["torn.jpg"]["error"]
    assert "label" not in results["torn.jpg"]
    assert results["torn.jpg"]["for_a_person"] is True
    expected = bundle.predict([photos_of_nobody / "more/05.png"])[0]
    assert results["05.png"]["confidence"] == pytest.approx(expected.confidence, abs=1e-6)
    assert said["model"]["bundle"] == bundle.digest
    assert sorted(said["disclaimer"]) == ["en", "th"]


def test_a_file_of_results_goes_on_where_it_was_ended(classify, photos_of_nobody):
    words = (str(photos_of_nobody), "output=answers.jsonl")
    assert classify(*words)[0] == 1
    lines = Path("answers.jsonl").read_text().splitlines()
    assert len(lines) == 12
    answered = [line for line in lines if not json.loads(line)["error"]]
    Path("answers.jsonl").write_text("".join(f"{line}\n" for line in answered[:4]) + answered[4][:30])
    (photos_of_nobody / "torn.jpg").unlink()
    code, out, _ = classify(*words)
    assert code == 0
    assert "7 pictures, 0 could not be read" in out
    assert "4 were answered in answers.jsonl already" in out
    again = [json.loads(line) for line in Path("answers.jsonl").read_text().splitlines()]
    assert {row["picture"] for row in again} == {json.loads(line)["picture"] for line in answered}
    assert len(again) == 11


def test_jsonl_has_a_line_and_csv_a_row_for_each(classify, photos_of_nobody):
    code, out, _ = classify(str(photos_of_nobody / "more"), "format=jsonl")
    assert (code, len([json.loads(line) for line in out.splitlines()])) == (0, 5)
    code, out, _ = classify(str(photos_of_nobody / "more"), "format=csv")
    assert (code, len(out.splitlines())) == (0, 6)


def test_a_name_with_an_equals_sign_goes_behind_image(classify, photos_of_nobody):
    odd = photos_of_nobody / "a=b [bold].png"
    (photos_of_nobody / "00.png").rename(odd)
    code, out, _ = classify(f"image={odd}")
    assert (code, "a=b [bold].png" in out) == (0, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "a picture or a folder is needed"),
        (("info", "photo.jpg"), "takes no pictures"),
        (("nowhere.jpg",), "nowhere.jpg: there is no such file or folder"),
        (("nowhere.jpg", "output=x"), "there is no such file"),
        (("photo.jpg", "trainer.epochs=3"), "nothing is trained here"),
    ],
)
def test_what_cannot_be_asked_is_said(classify, words, said):
    code, _, err = classify(*words)
    assert code == 2
    assert said in err
