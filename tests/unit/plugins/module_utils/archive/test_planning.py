# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which windows a run asks about."""

from __future__ import annotations

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.planning import EDGE_MS, oldest_open, plan, ranges

HOUR = 3_600_000
DAY = 24 * HOUR
NOW = 1_800_000_000_000 // DAY * DAY + 10 * HOUR + 20 * 60_000  # 10:20


def planned(coverage=(), **changes):
    given = {"start": NOW - 3 * HOUR, "end": NOW, "now": NOW, "settle": 15 * 60_000, "window": HOUR, "recheck": True, "start_is_relative": False}
    return plan(list(coverage), **{**given, **changes})


def row(start, end, verdict="complete", records=5):
    return [start, end, verdict, records, HOUR]


def test_windows_are_on_the_grid_and_the_first_is_clipped():
    ten = NOW - 20 * 60_000
    assert planned().new == [(NOW - 3 * HOUR, ten - 2 * HOUR), (ten - 2 * HOUR, ten - HOUR), (ten - HOUR, ten)]


def test_a_window_waits_until_it_has_settled():
    assert planned(settle=21 * 60_000).new[-1][1] == NOW - 20 * 60_000 - HOUR


def test_an_end_inside_a_window_is_kept_when_the_user_names_it():
    end = NOW - 90 * 60_000
    assert planned(end=end).new[-1][1] == end


def test_what_is_covered_is_known_and_what_is_between_is_new():
    ten = NOW - 20 * 60_000
    coverage = [row(ten - 3 * HOUR, ten - 2 * HOUR), row(ten - HOUR, ten)]
    found = planned(coverage, start=ten - 3 * HOUR)
    assert found.new == [(ten - 2 * HOUR, ten - HOUR)]
    assert found.known == coverage
    assert planned(coverage, start=ten - 3 * HOUR, recheck=False).known == []


def test_seven_days_are_drawn_in_so_that_nothing_leaves_while_it_is_asked_for():
    found = planned(start=NOW - 7 * DAY)
    assert NOW - 7 * DAY + EDGE_MS <= found.start < NOW - 7 * DAY + EDGE_MS + 60_000
    assert found.new[0][0] == found.start


def test_an_older_start_is_asked_for_as_given():
    assert planned(start=NOW - 8 * DAY).new[0][0] == NOW - 8 * DAY


def test_windows_that_leave_the_seven_days_are_not_rechecked():
    old = row(NOW - 7 * DAY, NOW - 7 * DAY + HOUR)
    assert planned([old], start=NOW - 7 * DAY).known == []


def test_a_relative_start_a_second_earlier_is_not_a_new_window():
    ten = NOW - 20 * 60_000
    coverage = [row(NOW - 3 * HOUR + 700, ten)]
    assert planned(coverage, start_is_relative=True).new == []
    assert planned(coverage, start_is_relative=False).new == [(NOW - 3 * HOUR, NOW - 3 * HOUR + 700)]


def test_ranges_join_what_touches():
    assert ranges([(0, 1), (1, 2), (3, 4)]) == [(0, 2), (3, 4)]


def test_the_oldest_open_instant_counts_what_is_unproven_as_open():
    coverage = [row(NOW - 3 * HOUR, NOW - 2 * HOUR), row(NOW - 2 * HOUR, NOW - HOUR, "unproven"), row(NOW - HOUR, NOW)]
    assert oldest_open(coverage, NOW - 3 * HOUR, NOW) == NOW - 2 * HOUR
    assert oldest_open([row(NOW - 3 * HOUR, NOW)], NOW - 3 * HOUR, NOW) is None
    assert oldest_open([], NOW - 30 * DAY, NOW) == NOW - 7 * DAY
