"""What reviewers made of a sample: the share against a bound, with what is open counted both ways."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scipy.stats import binomtest
from sqlalchemy import select

from assay.errors import ServiceError
from assay.review.acting import choose
from assay.review.policy import QueuePolicy
from assay.review.queue import next_assignment
from assay.review.samples.drawn import draw_sample
from assay.review.samples.judged import further, judge_sample
from assay.review.samples.queued import queue_sample
from assay.store.tables import TRAIL
from assay.store.trail import trail_findings
from generated_sets import generated_set

POLICY = QueuePolicy(known_share=0.0, random_share=0.0)


def wilson(accepted: int, n: int) -> tuple[float, float]:
    ends = binomtest(accepted, n).proportion_ci(method="wilson")
    return ends.low, ends.high


@pytest.fixture
def drawn(tmp_path):
    return draw_sample(generated_set(tmp_path / "made", {("gan", "jade"): 60, ("vae", "jade"): 30}), 30)


def say(desk, name: str, choice_of) -> None:
    """A reviewer looks at everything that comes, and chooses by generator and number of the file."""
    reviewer = getattr(desk, name)
    while (given := desk.do(next_assignment, reviewer, "plausibility", POLICY)) is not None:
        path = Path(given.item.shows["picture"])
        choice = choice_of(path.parts[-3], path.name)
        desk.do(choose, reviewer, given.item.id, choice, POLICY)


def test_rates_are_wilsons_and_the_word_follows_from_them(desk, drawn):
    desk.do(queue_sample, drawn, batch="b")
    refused = {each.path for each in [one for one in drawn if one.stratum.generator == "vae"][:20]}
    refused |= {next(one.path for one in drawn if one.stratum.generator == "gan")}
    by_name = {(Path(each.path).parts[-3], Path(each.path).name): each.path in refused for each in drawn}
    for name in ("kim", "lou"):
        say(desk, name, lambda generator, file: "not" if by_name[generator, file] else "plausible")
    judged = desk.look(judge_sample, "b")
    gan, vae = judged.rows
    assert (gan.title, gan.accepted, gan.rate.n, gan.sampled, gan.stratum.images) == ("gan/jade", 29, 30, 30, 60)
    assert (gan.rate.low, gan.rate.high) == pytest.approx(wilson(29, 30), abs=1e-9)
    assert (gan.low, gan.high) == (gan.rate.low, gan.rate.high), "nothing is open"
    assert (gan.word, vae.word) == ("keep", "discard"), "0.833 and 0.513 against 0.8"
    assert (judged.reviewers, judged.reviews) == (2, 120)
    assert judged.agreement.value == 1.0
    assert desk.look(judge_sample, "b").rows == judged.rows


def test_a_bound_is_a_setting_and_what_is_between_says_how_many_more_would_decide(desk, drawn):
    desk.do(queue_sample, drawn, batch="b", wanted=1)
    files = sorted(Path(each.path).name for each in drawn if each.stratum.generator == "gan")
    say(desk, "kim", lambda generator, file: "plausible" if generator == "vae" or files.index(file) < 26 else "not")
    with desk.store.reading() as connection:
        gan = judge_sample(connection, "b").rows[0]
        assert judge_sample(connection, "b", bound=0.6).rows[0].word == "keep"
        assert judge_sample(connection, "b", bound=0.97).rows[0].word == "discard"
    assert (gan.accepted, gan.rate.n, gan.word) == (26, 30, "undecided")
    assert gan.more is not None
    assert f"about {gan.more} more images would decide" in gan.lacks
    assert gan.lacks.endswith("and 30 are left"), "60 images are not enough"


@pytest.mark.parametrize(("accepted", "decided", "bound"), [(26, 30, 0.8), (9, 12, 0.8), (5, 6, 0.8), (3, 3, 0.9)])
def test_the_number_that_would_decide_is_the_least_by_another_wilson(accepted, decided, bound):
    more = further(accepted, decided, bound, 0.95)
    z = 1.959963984540054

    def apart(n: int) -> bool:  # Wilson as the roots of (p - x)^2 = z^2 x (1 - x) / n, at the bound
        share = accepted / decided
        return (share - bound) ** 2 > z**2 * bound * (1 - bound) / n

    assert more is not None
    assert apart(decided + more)
    assert not apart(decided + more - 1)


def test_a_share_that_is_the_bound_itself_is_decided_by_no_number():
    assert further(8, 10, 0.8, 0.95) is None
    assert further(30, 30, 0.8, 0.95) == 0


def test_what_is_open_unsure_or_disputed_is_counted_both_ways(desk, drawn):
    gan = [each for each in drawn if each.stratum.generator == "gan"]
    desk.do(queue_sample, gan, batch="b")
    files = sorted(Path(each.path).name for each in gan)
    say(desk, "kim", lambda _, file: "unsure" if files.index(file) < 2 else "plausible")
    none = desk.look(judge_sample, "b").rows[0]
    assert (none.rate.n, none.open, none.word) == (0, 30, "undecided"), "one of two has looked"
    assert none.words == "gan/jade none of 30 decided"
    assert none.lacks == "gan/jade: 30 of 30 are not decided yet"
    say(desk, "lou", lambda _, file: "unsure" if files.index(file) < 2 else "not" if file == files[5] else "plausible")
    row = desk.look(judge_sample, "b").rows[0]
    assert (row.accepted, row.rate.n, row.open) == (27, 27, 3), "two are unsure, one is disputed"
    assert row.low == pytest.approx(wilson(27, 30)[0], abs=1e-9)
    assert row.high == pytest.approx(wilson(30, 30)[1], abs=1e-9)
    assert row.word == "undecided", "27 of 27 alone would be kept: 0.875"


def test_an_image_whose_file_was_changed_since_it_was_drawn_is_not_counted(desk, drawn):
    gan = [each for each in drawn if each.stratum.generator == "gan"]
    desk.do(queue_sample, gan, batch="b", wanted=1)
    say(desk, "kim", lambda *_: "plausible")
    assert desk.look(judge_sample, "b").rows[0].open == 0
    Path(gan[0].path).write_bytes(Path(gan[1].path).read_bytes())
    Path(gan[2].path).unlink()
    row = desk.look(judge_sample, "b").rows[0]
    assert (row.rate.n, row.open) == (29, 1), "one that is gone was looked at while it was there"


def test_a_larger_sample_adds_the_rest_and_a_line_of_the_trail_says_what_it_stands_for(desk, tmp_path):
    generated = generated_set(tmp_path / "more", {("gan", "jade"): 60})
    first = desk.do(queue_sample, draw_sample(generated, 20), batch="b", actor="ada")
    second = desk.do(queue_sample, draw_sample(generated, 35), batch="b", actor="ada")
    assert (first.added, second.added, second.known) == (20, 15, 20)
    assert desk.look(judge_sample, "b").rows[0].sampled == 35
    lines = desk.look(
        lambda c: c.execute(select(TRAIL.c.content).where(TRAIL.c.kind == "sample queued")).scalars().all()
    )
    assert [json.loads(line)["of"] for line in lines] == [
        [["gan", "jade", generated.digest, 20, 60]],
        [["gan", "jade", generated.digest, 35, 60]],
    ]
    assert "ada" not in "".join(lines)
    assert desk.look(trail_findings) == []


def test_a_batch_stands_for_one_set_and_one_draw(desk, drawn, tmp_path):
    desk.do(queue_sample, drawn, batch="b")
    others = draw_sample(generated_set(tmp_path / "others", {("gan", "jade"): 40}, seed=9), 5)
    with pytest.raises(ServiceError, match="stands for other images of gan/jade"):
        desk.do(queue_sample, others, batch="b")
    with pytest.raises(ServiceError, match="was drawn with seed=0"):
        desk.do(queue_sample, draw_sample(generated_set(tmp_path / "x", {("gan", "amber"): 4}), 2, seed=1), batch="b")
    desk.add(batch="answers")
    with pytest.raises(ServiceError, match="holds something else"):
        desk.do(queue_sample, drawn, batch="answers")
    with pytest.raises(ServiceError, match="is no sample of generated images; there are b"):
        desk.look(judge_sample, "answers")
    with pytest.raises(ServiceError, match="1 to 120 characters"):
        desk.do(queue_sample, drawn, batch="b" * 121)
