"""Slots are the instants that Debian's cron would run at; tables are written by hand from cron(8) and the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import ConfigError
from assay.retraining.quiet import quiet_hours, quiet_until
from assay.retraining.slots import check_schedule, slots_after, slots_between

BERLIN, BANGKOK = "Europe/Berlin", "Asia/Bangkok"
# Clocks of Berlin go from 02:00 CET to 03:00 CEST on 2026-03-29 at 01:00 UTC, and back on 2026-10-25 at 01:00 UTC.
WRITTEN = {
    ("0 2 * * *", BERLIN, "2026-03-27T12:00"): ["03-28T01:00", "03-29T01:00", "03-30T00:00"],
    ("30 2 * * *", BERLIN, "2026-03-27T12:00"): ["03-28T01:30", "03-29T01:00", "03-30T00:30"],
    ("30 2 * * *", BERLIN, "2026-10-23T12:00"): ["10-24T00:30", "10-25T00:30", "10-26T01:30"],
    ("0 2 * * *", BERLIN, "2026-10-23T12:00"): ["10-24T00:00", "10-25T00:00", "10-26T01:00"],
    ("0 * * * *", BERLIN, "2026-03-28T23:30"): ["03-29T00:00", "03-29T01:00", "03-29T02:00"],
    ("0 * * * *", BERLIN, "2026-10-24T23:30"): ["10-25T00:00", "10-25T01:00", "10-25T02:00"],
    ("0 2 * * 1", BERLIN, "2026-03-22T12:00"): ["03-23T01:00", "03-30T00:00", "04-06T00:00"],
    ("0 2 * * *", BANGKOK, "2026-03-27T12:00"): ["03-27T19:00", "03-28T19:00", "03-29T19:00"],
    ("0 2 * * 1", BANGKOK, "2026-03-22T12:00"): ["03-22T19:00", "03-29T19:00", "04-05T19:00"],
    ("0 2 * * *", "UTC", "2026-03-27T12:00"): ["03-28T02:00", "03-29T02:00", "03-30T02:00"],
}


@pytest.mark.parametrize("case", WRITTEN, ids=lambda case: f"{case[0]} {case[1]} {case[2][:10]}")
def test_slots_are_those_of_the_written_table(case):
    schedule, zone, after = case
    slots = islice(slots_after(schedule, zone, datetime.fromisoformat(f"{after}+00:00")), 3)
    assert [f"{slot:%m-%dT%H:%M}" for slot in slots] == WRITTEN[case]


@given(
    st.sampled_from(["0 2 * * *", "30 2 * * *", "*/30 * * * *", "0 * * * *", "15 1-3 * * *", "*/20 2 * * *"]),
    st.sampled_from([datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC)]),
    st.lists(st.integers(1, 700), min_size=1, max_size=12),
)
def test_however_often_one_looks_the_slots_are_the_same(schedule, start, minutes):
    looks = [start]
    for much in minutes:
        looks.append(looks[-1] + timedelta(minutes=much))
    pieces = [slot for a, b in pairwise(looks) for slot in slots_between(schedule, BERLIN, a, b)]
    assert pieces == slots_between(schedule, BERLIN, start, looks[-1])
    assert pieces == sorted(set(pieces))


@pytest.mark.parametrize("minute", [31, 45, 60, 75, 89])
def test_who_looks_in_the_second_of_two_equal_hours_does_not_find_the_slot_of_the_first_again(minute):
    looked = datetime(2026, 10, 25, tzinfo=UTC) + timedelta(
        minutes=minute
    )  # 02:30 was at 00:30 UTC, and is again at 01:30
    slots = list(islice(slots_after("30 2 * * *", BERLIN, looked), 2))
    assert slots == [datetime(2026, 10, 26, 1, 30, tzinfo=UTC), datetime(2026, 10, 27, 1, 30, tzinfo=UTC)]


def test_a_clock_that_was_set_back_has_no_slots():
    now = datetime(2026, 3, 2, 5, tzinfo=UTC)
    assert slots_between("0 * * * *", "UTC", now, now - timedelta(hours=2)) == []


@pytest.mark.parametrize("schedule", ["@daily", "0 2 * *", "61 2 * * *", "", "0 2 30 2 *"])
def test_what_is_no_schedule_is_refused_with_one_that_is(schedule):
    with pytest.raises(ConfigError, match="five fields of cron") as refusal:
        check_schedule(schedule, "UTC")
    for part in str(refusal.value).split("'")[1::2]:
        check_schedule(part, "UTC")


@pytest.mark.parametrize(("zone", "near"), [("Europe/Berln", "did you mean Europe/Berlin"), ("../etc", "zone=../etc")])
def test_what_is_no_zone_is_refused(zone, near):
    with pytest.raises(ConfigError, match=near):
        check_schedule("0 2 * * *", zone)


QUIET = {
    ("08:00-18:00", "2026-03-02T07:59"): None,
    ("08:00-18:00", "2026-03-02T08:00"): "2026-03-02T18:00",
    ("08:00-18:00", "2026-03-02T18:00"): None,
    ("22:00-06:00", "2026-03-02T23:00"): "2026-03-03T06:00",
    ("22:00-06:00", "2026-03-03T05:59"): "2026-03-03T06:00",
    ("22:00-06:00", "2026-03-03T06:00"): None,
    ("22:00-02:30", "2026-03-28T23:00"): "2026-03-29T03:30",  # 02:30 is in the gap: as much later as the clocks went
    ("01:00-02:30", "2026-10-25T01:30"): "2026-10-25T02:30",
    ("", "2026-03-02T08:00"): None,
}


@pytest.mark.parametrize("case", QUIET, ids=lambda case: f"{case[0]} {case[1]}")
def test_quiet_hours_end_by_the_clock_on_the_wall(case):
    quiet, local = case
    ends = quiet_until(quiet, BERLIN, datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(BERLIN)))
    shown = None if ends is None else f"{ends.astimezone(ZoneInfo(BERLIN)):%Y-%m-%dT%H:%M}"
    assert shown == QUIET[case]


def test_quiet_hours_never_end_before_now():
    """02:40, the second time; quiet until 02:45, which comes twice that night."""
    now = datetime(2026, 10, 25, 2, 40, fold=1, tzinfo=ZoneInfo(BERLIN))
    ends = quiet_until("01:00-02:45", BERLIN, now)
    assert ends == datetime(2026, 10, 25, 1, 45, tzinfo=UTC)


@pytest.mark.parametrize("quiet", ["8-18", "08:00-08:00", "24:00-06:00", "night"])
def test_what_is_no_span_is_refused_with_one_that_is(quiet):
    with pytest.raises(ConfigError) as refusal:
        quiet_hours(quiet)
    quiet_hours(str(refusal.value).rpartition("quiet=")[2])
