# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a forecast says to people: figures as they say them, and plainly whether the API can keep up."""

from __future__ import annotations

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.forecast_words import advice, between, count, duration, size, summary


def forecast(keeps_up, hours, hourly="no", **changes):
    """A forecast whose best schedule takes so many hours a day (low, expected, high)."""
    estimate = dict(zip(("low", "expected", "high"), hours))
    schedules = {name: {"hours": estimate, "keeps_up": hourly if name == "hourly" else keeps_up} for name in ("hourly", "daily", "last_day")}
    return {
        "streams": 6000,
        "sampled_streams": 40,
        "basis": {"count": 40, "similar": 5960},
        "records": {"low": 900, "expected": 1000, "high": 1100},
        "requests": {"low": 5, "expected": 5, "high": 5},
        "seconds": {"low": 1, "expected": 1, "high": 1},
        "bytes": {"jsonl.gz": {"low": 1, "expected": 90_000, "high": 1}},
        "rate_limit": {"requests_per_second": 20.0, "source": "learned"},
        "per_day": {"records": {"low": 9e8, "expected": 1e9, "high": 1.1e9}, "schedules": schedules},
        "schedule": "daily",
        "keeps_up": keeps_up,
        **changes,
    }


def test_figures_are_said_as_people_say_them():
    assert [count(value) for value in (0, 7, 1234, 65_287, 1_234_567, 1e9)] == ["0", "7", "1,230", "65,300", "1.23 million", "1 billion"]
    assert [duration(value) for value in (0.4, 61, 600, 7200, 400_000)] == ["less than a second", "61 s", "10 minutes", "2 hours", "4.63 days"]
    assert [size(value) for value in (12, 87e9, 3.18e13)] == ["12 B", "87 GB", "31.8 TB"]
    assert between({"low": 5, "expected": 5, "high": 5}) == "5"
    assert between({"low": 900, "expected": 1000, "high": 1100}) == "1,000 (900 to 1,100)"


def test_the_summary_says_what_share_was_sampled_and_which_limit_is_meant():
    said = summary(forecast("yes", (1, 2, 3)), "jsonl.gz")
    assert said.startswith("about 1,000 (900 to 1,100) records by 5 requests in 1 s at 20 requests a second (as the service says), 90 KB as jsonl.gz; ")
    assert said.endswith("; 40 of 6000 streams sampled")


def test_what_keeps_up_is_said_with_the_schedule_that_does_not():
    said = advice(forecast("yes", (1, 2, 3)), 3600, 50_000)
    assert "with one run a day that rechecks all seven days it is 2 hours (between 60 minutes and 3 hours) out of 24 hours. The API can keep up." in said
    assert "Not so hourly runs" in said
    assert "A first run over all seven days is done after about 13.9 hours." in said


@pytest.mark.parametrize(
    "verdict, hours, said",
    [
        ("barely", (20, 21, 22), "can barely keep up"),
        ("unsure", (12, 20, 30), "is open: the sample is not exact enough"),
        ("no", (30, 48, 60), "The API can't keep up: more is logged than may be asked for"),
    ],
)
def test_what_does_not_keep_up_is_told_why_and_of_lts_and_the_limit_that_is_needed(verdict, hours, said):
    told = advice(forecast(verdict, hours), 3600, None)
    assert said in told and "LTS" in told
    assert f"{hours[1] / 24 / 0.8 * 20:.0f} requests a second" in told


def test_without_a_sample_nothing_is_claimed():
    nothing = forecast("unsure", (0, 0, 0), sampled_streams=0, basis={"unknown": 6000})
    assert advice(nothing, 0, None) == "No stream could be sampled, so nothing can be said about what it will cost."
    assert summary(nothing, "jsonl.gz") == "no forecast, 0 of 6000 streams sampled"
