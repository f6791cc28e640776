# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import coverage
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import Window
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError
from hypothesis import given, settings
from hypothesis import strategies as st

KEEP = 20


def _asked(draw, now):
    """Some windows that do not overlap, up to now."""
    cuts = sorted(draw(st.sets(st.integers(0, now), min_size=2, max_size=8)))
    windows = []
    for start, end in zip(cuts, cuts[1:]):
        if draw(st.booleans()):
            verdict = draw(st.sampled_from(["complete", "unproven"]))
            reasons = draw(st.sampled_from([(), ("why",)])) if verdict == "unproven" else ()
            windows.append(Window(start, end, verdict, reasons, now, None))
    return windows


@st.composite
def _histories(draw):
    """Runs at growing instants: (now, asked windows, instants of the records that the run adds)."""
    now, runs = 5, []
    for _run in range(draw(st.integers(1, 6))):
        now += draw(st.integers(0, 15))
        windows = _asked(draw, now)
        times = [draw(st.integers(window.start, window.end - 1)) for window in windows for _record in range(draw(st.integers(0, 2)))]
        runs.append((now, windows, times))
    return runs


def _replay(runs):
    rows = []
    for now, windows, times in runs:
        new = []
        for group in coverage.join(rows, windows):
            added = sum(any(window.start <= time < window.end for window in group.asked) for time in times)
            new.append(coverage.judge(group, added, now, KEEP))
        rows = coverage.apply(rows, new, now, KEEP)
        yield now, rows


@settings(max_examples=400, deadline=None)
@given(_histories())
def test_rows_say_what_an_instant_by_instant_account_says(runs):
    """Against a model that keeps every instant: what was asked, and the last word about it."""
    covered, times = set(), []
    doubted, proven = set(), set()
    before = []
    for (now, windows, new), (_now, rows) in zip(runs, _replay(runs)):
        coverage.check(rows)
        times += new
        for window in windows:
            instants = set(range(window.start, window.end))
            covered |= instants
            if window.verdict == "complete":
                proven |= instants
                doubted -= instants
            elif window.reasons:
                # what had left the service's days before is beyond doubt: the service can't speak about it any more
                doubted |= instants - {instant for row in before if row[1] <= now - KEEP for instant in range(row[0], row[1])}
        before = rows
        assert {instant for row in rows for instant in range(row[0], row[1])} == covered
        for row in rows:
            assert row[3] == sum(row[0] <= time < row[1] for time in times)
            # a row claims completeness only where each of its instants was proven at least once
            assert row[2] == "unproven" or set(range(row[0], row[1])) <= proven
            # and, while it still is in the service's days, not against a later doubt
            if row[1] > now - KEEP and row[2] == "complete":
                assert not set(range(row[0], row[1])) & doubted
        old = [row for row in rows if row[1] <= now - KEEP]
        assert all(left[1] < right[0] or left[2] != right[2] for left, right in zip(old, old[1:])) or not windows


@settings(max_examples=200, deadline=None)
@given(_histories(), st.integers(0, 60), st.integers(1, 60))
def test_holes_and_rows_fill_a_range_exactly(runs, start, length):
    rows = list(_replay(runs))[-1][1]
    end = start + length
    clipped = coverage.clip(rows, start, end)
    pieces = sorted([(row[0], row[1]) for row in clipped] + coverage.holes(rows, start, end))
    assert pieces[0][0] == start and pieces[-1][1] == end
    assert all(left[1] == right[0] for left, right in zip(pieces, pieces[1:]))
    totals = coverage.verdict_totals(clipped)
    assert sum(total["ms"] for total in totals.values()) + sum(b - a for a, b in coverage.holes(rows, start, end)) == length


@settings(max_examples=200, deadline=None)
@given(_histories())
def test_settled_never_claims_more_than_the_last_time_of_asking(runs):
    rows = list(_replay(runs))[-1][1]
    last = {}
    for now, windows, _times in runs:
        for window in windows:
            last.update(dict.fromkeys(range(window.start, window.end), now))
    for row in rows:
        assert row[1] + row[4] <= max(last[instant] for instant in range(row[0], row[1])) + (row[1] - row[0])
        assert row[4] <= min(last[instant] - instant for instant in range(row[0], row[1]))


def test_rows_inside_the_seven_days_stay_one_a_window():
    rows = [[hour, hour + 1, "complete", 1, 0] for hour in range(10)]
    assert coverage.apply([], rows, now=10, keep_ms=10) == rows
    assert coverage.apply([], rows, now=14, keep_ms=10) == [[0, 4, "complete", 4, 0]] + rows[4:]


def test_only_equal_neighbours_merge():
    rows = [[0, 1, "complete", 1, 5], [1, 2, "unproven", 2, 3], [2, 3, "unproven", 3, 9], [4, 5, "unproven", 4, 1]]
    assert coverage.apply([], rows, now=99, keep_ms=10) == [rows[0], [1, 3, "unproven", 5, 3], rows[3]]


def test_what_was_complete_on_leaving_the_seven_days_stays_so():
    group = coverage.join([[0, 10, "complete", 5, 1]], [Window(0, 10, "unproven", ("too old",), 99, None)])[0]
    assert coverage.judge(group, 0, now=99, keep_ms=10)[2] == "complete"
    assert coverage.judge(group, 0, now=19, keep_ms=10)[2] == "unproven"


@pytest.mark.parametrize(
    "rows",
    [
        {},
        [[0, 1, "complete", 0]],
        [[0, 1, "maybe", 0, 0]],
        [[1, 1, "complete", 0, 0]],
        [[0, 1, "complete", -1, 0]],
        [[0, 1.0, "complete", 0, 0]],
        [[0, True, "complete", 0, 0]],
        [[-1, 1, "complete", 0, 0]],
        [[0, 2, "complete", 0, 0], [1, 3, "complete", 0, 0]],
        [[2, 3, "complete", 0, 0], [0, 1, "complete", 0, 0]],
    ],
)
def test_what_is_no_coverage_is_refused(rows):
    with pytest.raises(ArchiveError):
        coverage.check(rows)


def test_overlapping_and_empty_windows_are_refused():
    with pytest.raises(ArchiveError, match="overlap"):
        coverage.join([], [Window(0, 5, "complete", (), 9, None), Window(4, 6, "complete", (), 9, None)])
    with pytest.raises(ArchiveError, match="empty"):
        coverage.join([], [Window(5, 5, "complete", (), 9, None)])
    with pytest.raises(ArchiveError, match="part"):
        coverage.apply([[0, 10, "complete", 0, 0]], [[5, 12, "complete", 0, 0]], 99)
    with pytest.raises(ArchiveError, match="overlap"):
        coverage.apply([], [[0, 10, "complete", 0, 0], [5, 12, "complete", 0, 0]], 99)
