# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times and durations."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.time_range import check_order, parse, parse_duration, roughly, to_iso
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError

NOW = 1_795_339_086_123  # 2026-11-22T09:18:06.123Z


@pytest.mark.parametrize(
    "value, expected",
    [
        ("now", NOW),
        (" now ", NOW),
        ("-7d", NOW - 7 * 86_400_000),
        ("-90m", NOW - 90 * 60_000),
        ("-1h30m", NOW - 90 * 60_000),
        ("-1w2d3h4m5s", NOW - (((9 * 24 + 3) * 60 + 4) * 60 + 5) * 1000),
        ("-0s", NOW),
        (1663555012000, 1663555012000),
        ("1663555012000", 1663555012000),
        ("2022-09-19T02:36:52Z", 1663555012000),
        ("2022-09-19T02:36:52z", 1663555012000),
        ("2022-09-19t02:36:52", 1663555012000),
        ("2022-09-19 02:36:52", 1663555012000),
        ("2022-09-19T10:36:52+08:00", 1663555012000),
        ("2022-09-19T10:36:52+0800", 1663555012000),
        ("2022-09-19 10:36:52 +08", 1663555012000),
        ("2022-09-18T23:06:52-03:30", 1663555012000),
        ("2022-09-19T02:36:52.5Z", 1663555012500),
        ("2022-09-19T02:36:52,05Z", 1663555012050),
        ("2022-09-19T02:36:52.123999999+00:00", 1663555012123),
        ("2022-09-19T02:36", 1663554960000),
        ("2022-09-19", 1663545600000),
        ("2024-02-29", 1709164800000),
        ("2001-09-09T01:46:40Z", 10**12),
    ],
)
def test_accepted_times(value, expected):
    assert parse(value, NOW) == expected


@pytest.mark.parametrize(
    "value, why",
    [
        (1663555012, "looks like seconds"),
        ("1663555012", "looks like seconds"),
        ("1663555012000000", "looks like microseconds"),
        (1663555012000000000, "looks like nanoseconds"),
        (0, "13 digits"),
        ("20260101", "13 digits"),
        ("9" * 4000, "13 digits"),
        (True, "is not a time"),
        (1.6e12, "is not a time"),
        (None, "is not a time"),
        ("", "is not a time"),
        ("yesterday", "is not a time"),
        ("-", "is not a relative time"),
        ("-7", "is not a relative time"),
        ("-1x", "is not a relative time"),
        ("-30m1h", "is not a relative time"),
        ("-1.5h", "is not a relative time"),
        (-3600, "is not a relative time"),
        ("+1h", "is not a time"),
        ("-99999w", "is out of range"),
        ("1999-12-31", "is out of range"),
        ("9999-12-31", "is out of range"),
        ("0000-01-01", "calendar"),
        ("2026-02-30", "calendar"),
        ("2026-01-01T24:00:00Z", "calendar"),
        ("2026-01-01T23:59:60Z", "calendar"),
        ("2026-01-01T00:00+24:00", "offset"),
        ("2026-01-01T00:00+08:75", "offset"),
        ("2026-01-01T00:00:00 UTC", "is not a time"),
        ("2026-01-01T", "is not a time"),
        ("2026-1-1", "is not a time"),
        ("２０２６-01-01", "is not a time"),
        ("2026-01-01\n2026-01-02", "is not a time"),
    ],
)
def test_refused_times(value, why):
    with pytest.raises(OptionError) as caught:
        parse(value, NOW, "start_time")
    assert why in str(caught.value)
    assert str(caught.value).startswith("start_time: ")
    assert caught.value.details["option"] == "start_time"
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_iso_is_read_back_as_written():
    for milliseconds in (10**12, 1663555012000, NOW, 1709164799999, 10**13 - 1):
        assert parse(to_iso(milliseconds), 0) == milliseconds
    assert to_iso(1663555012007) == "2022-09-19T02:36:52.007Z"


def test_agrees_with_datetime_in_every_offset():
    for minutes in range(-23 * 60, 23 * 60 + 1, 15):
        moment = datetime(2024, 2, 29, 23, 59, 58, tzinfo=timezone(timedelta(minutes=minutes)))
        assert parse(moment.isoformat(), NOW) == int(moment.timestamp() * 1000)


@pytest.mark.parametrize(
    "value, expected", [("1h", 3_600_000), ("15m", 900_000), ("1h30m", 5_400_000), (900, 900_000), ("900", 900_000), ("0", 0), (0, 0), ("1d", 86_400_000)]
)
def test_accepted_durations(value, expected):
    assert parse_duration(value, "window") == expected


@pytest.mark.parametrize("value", ["", "-1h", "1y", "h", "1 h", "1h 30m", "30m1h", True, None, 1.5, "1.5h", "-1", -1, "9" * 4000, "367d"])
def test_refused_durations(value):
    with pytest.raises(OptionError) as caught:
        parse_duration(value, "settle")
    assert str(caught.value).startswith("settle: ") and "\n" not in str(caught.value)


def test_a_duration_is_held_to_its_bounds():
    assert parse_duration("1m", "window", 60_000, 86_400_000) == 60_000
    for value in ("59s", "25h"):
        with pytest.raises(OptionError, match="from 1m to 1d"):
            parse_duration(value, "window", 60_000, 86_400_000)


def test_the_end_is_after_the_start():
    check_order(1, 2)
    for end in (1, 0):
        with pytest.raises(OptionError, match="end_time"):
            check_order(1, end)


@pytest.mark.parametrize(
    "length, words", [(1, "1 hour"), (3_600_000, "1 hour"), (3_600_001, "2 hours"), (169_200_000, "47 hours"), (172_800_000, "2 days"), (260_000_000, "3 days")]
)
def test_a_length_for_people(length, words):
    assert roughly(length) == words
