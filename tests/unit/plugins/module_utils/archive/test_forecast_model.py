# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forecast's model: what it says where the answer is known, and that it moves the right way where it is not."""

from __future__ import annotations

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import forecast_model as model
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.forecast_model import (
    DAY_MS,
    SCHEDULES,
    Collecting,
    Estimate,
    Lateness,
    Paging,
    Speed,
    Stream,
    exactly,
)

HOUR = 3_600_000
HOURLY, DAILY, LAST_DAY = SCHEDULES
NEVER_LATE = Lateness([1000] * 100)
ONE_IN_A_HUNDRED_LASTS_TWO_DAYS = Lateness([1000] * 99 + [2 * DAY_MS])


def reads(schedule, lateness):
    """How often a record of a busy stream is read."""
    return model.day([Stream(exactly(2_400_000))], schedule, lateness, Collecting(paging=Paging(overhead=exactly(1.0)))).reads


def test_a_page_brings_a_record_less_than_it_holds_since_it_begins_with_the_last_one():
    assert [model.pages_of(records) for records in (0, 1, 1023, 1024, 102_300)] == [1, 1, 1, 2, 100]


def test_estimates_are_added_bound_by_bound():
    assert model.added([Estimate(1, 2, 3), Estimate(10, 20, 30)]) == (11, 22, 33)
    assert Estimate(1.4, 2.5, 3.6).times(2).rounded() == {"low": 3, "expected": 5, "high": 7}


@pytest.mark.parametrize("records, ranges, requests", [(0, 0, 0), (0, 1, 1), (500, 1, 1), (500, 3, 3), (10_230, 1, 11)])
def test_requests_of_a_stream(records, ranges, requests):
    """The eleventh one of ten pages is the count that is held against what was found."""
    paging = Paging(overhead=exactly(1.0))
    assert model.reading_requests(exactly(records), ranges, paging) == exactly(requests)


def test_requests_grow_with_what_the_service_can_not_do():
    stream = exactly(1_000_000)
    asked = [
        model.reading_requests(stream, 1, Paging(overhead=overhead)).expected
        for overhead in (model.CURSOR, model.CURSOR_ACROSS, model.OFFSET, model.SPLITTING)
    ]
    assert asked == sorted(set(asked))


def test_records_that_are_never_late_are_read_once():
    for schedule in SCHEDULES:
        assert reads(schedule, NEVER_LATE) == 1.0


def test_a_busy_window_with_long_sessions_is_read_again_by_the_run_that_finds_them():
    """All of its long sessions end two days after their start: one daily run finds them, and in hourly runs one does."""
    for schedule in SCHEDULES:
        assert reads(schedule, ONE_IN_A_HUNDRED_LASTS_TWO_DAYS) == pytest.approx(2.0)


def test_sessions_of_all_lengths_make_each_hourly_run_read_again():
    lateness = Lateness(range(0, 3 * DAY_MS, 60_000))
    hourly, daily, last_day = (reads(schedule, lateness) for schedule in SCHEDULES)
    assert hourly == pytest.approx(1 + 3 * 24, abs=2)
    assert 3 < daily < 5
    assert last_day == pytest.approx(2.0)


@pytest.mark.parametrize(
    "changed, requests",
    [([0, 0, 0, 0], 1), ([1, 0, 0, 0], 5), ([1, 1, 1, 1], 7), ([1], 1), ([0.5, 0], 2)],
)
def test_requests_that_find_what_changed_by_counting_halves(changed, requests):
    assert model.halving_requests([float(chance) for chance in changed]) == pytest.approx(requests, abs=1e-6)


def test_changed_windows_that_touch_are_read_as_one():
    assert model.stretches([0.0, 1.0, 1.0, 0.0, 1.0]) == 2.0


def test_a_quiet_stream_costs_a_request_a_run():
    day = model.day([Stream(exactly(50), alike=10)], HOURLY, NEVER_LATE, Collecting())
    assert day.requests.expected == pytest.approx(10 * 24, rel=0.05)


def test_a_busy_stream_costs_its_pages_and_counts():
    day = model.day([Stream(exactly(10_230_000))], DAILY, NEVER_LATE, Collecting(paging=Paging(overhead=exactly(1.0))))
    assert day.requests.expected == pytest.approx(10_000, rel=0.001)
    assert day.reads == 1.0


def test_without_a_usable_count_rereading_stays_within_its_bound():
    how = Collecting(recheck_requests=1000, paging=Paging(overhead=exactly(1.0), counts=False))
    day = model.day([Stream(exactly(10_230_000))], DAILY, NEVER_LATE, how)
    assert day.requests.expected == pytest.approx(11_000, rel=0.01)


def test_the_slowest_of_limit_latency_and_processor_decides():
    requests, records = exactly(1940), exactly(1_940_000)
    assert model.seconds(requests, records, Speed(rate=19.4)).expected == pytest.approx(100)
    assert model.seconds(requests, records, Speed(rate=1000, latency=1.0, concurrency=10)).expected == pytest.approx(194)
    assert model.seconds(requests, records, Speed(rate=1000, fast=False)).expected == pytest.approx(1.94 * 23.9)
    assert model.seconds(requests, records, Speed(rate=19.4, share=0.5)).expected == pytest.approx(50)


def test_the_pace_is_the_users_where_that_is_less():
    assert model.paced(20) == pytest.approx(19.4)
    assert model.paced(20, 5) == 5
    assert model.paced(20, 50) == pytest.approx(19.4)


@pytest.mark.parametrize(
    "hours, verdict",
    [
        (Estimate(1, 2, 19), "yes"),
        (Estimate(1, 2, 20), "barely"),
        (Estimate(18, 20, 23), "barely"),
        (Estimate(12, 20, 30), "unsure"),
        (Estimate(25, 30, 40), "no"),
    ],
)
def test_who_keeps_up(hours, verdict):
    assert model.keeps_up(hours.times(3600)) == verdict


def test_the_first_seven_days_take_longer_than_their_own_requests():
    assert model.backlog_seconds(12 * 3600) == pytest.approx(7 * 86_400)
    assert model.backlog_seconds(24 * 3600) is None


def test_slices_help_the_processor_only():
    speed = Speed(rate=20, fast=False)
    assert model.slices(1e9, 1e6, speed) == 1
    assert model.slices(1e10, 1e7, speed) == 4
