# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line that shows how far a run is that archives."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.archiving_progress import ArchivingProgress
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.reading import Reading
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import Stream

HOURS = 24
HOUR = 3_600_000


class Task:
    """A range of a day that was handed to the collector."""

    start, asked_end = 0, HOURS * HOUR

    def __init__(self, counted: int | None = None) -> None:
        self.counted = counted
        self.reading = Reading()
        self.reading.total = "matches"
        self.settled = self.found = 0


def stream(name: str | None, log_type: str, *tasks: Task, firewall: str = "2af58b7c-893c") -> SimpleNamespace:
    plan = SimpleNamespace(new=[(hour, hour + 1) for hour in range(HOURS)] if tasks else [], known=[])
    nothing: dict[str, Any] = {"to_read": [], "unchanged": [], "not_rechecked": [], "committing": False, "result": None, "state": None}
    return SimpleNamespace(stream=Stream("p", firewall, log_type), firewall={"name": name}, plan=plan, under_way=tasks, left=list, **nothing)


class Watched:
    """A run, its clock, and what its service says."""

    def __init__(self, *runs: SimpleNamespace) -> None:
        self.now = 1000.0
        self.counters = SimpleNamespace(requests=0, retries=0, throttled=0)
        self.waits: list[str] = []
        session = SimpleNamespace(counters=self.counters, waits=lambda: self.waits)
        self.progress = ArchivingProgress(runs, session, lambda: self.now)  # type: ignore[arg-type]
        self.passed: dict[Any, int] = {}

    def collects(self) -> Watched:
        self.progress.collects(SimpleNamespace(passed=lambda: self.passed))  # type: ignore[arg-type]
        return self

    def after(self, seconds: float) -> list[str]:
        self.now += seconds
        return self.progress.line().split(" | ")


def test_steps_before_collecting_are_named_and_counted():
    watched = Watched(stream("edge", "internet"))
    watched.progress.step("listing the firewalls of projects", 1500)
    watched.progress.taken()
    watched.counters.requests = 2
    assert watched.after(65) == ["listing the firewalls of projects: 1 of 1,500", "2 requests"]


def test_records_rate_windows_and_time_left():
    one, other = Task(counted=11_000), Task(counted=2_000)
    watched = Watched(stream("edge", "internet", one), stream("office", "vpc", other, firewall="2af58b7c-ffff")).collects()
    one.found, other.found = 2_000, 1_000
    one.settled = 6 * HOUR
    watched.passed = {other: 12 * HOUR}
    watched.counters.requests = 7
    assert watched.after(10) == [
        "3,000 records, 300/s", "windows 18/48", "about 35 s left", "edge/internet 2,000 (6/24)", "office/vpc 1,000 (12/24)", "7 requests",
    ]  # fmt: skip
    one.found = 2_500
    assert watched.after(5)[0] == "3,500 records, 100/s"  # of the last five seconds


def test_time_left_without_the_services_count_is_taken_from_what_was_seen():
    one, unseen = Task(), Task()
    watched = Watched(stream("edge", "internet", one), stream("edge", "vpc", unseen)).collects()
    one.found, one.settled = 6_000, 6 * HOUR  # so there are 24,000 in each of the two
    assert "about 1 min left" in watched.after(10)  # 70 s, told no finer than it is known


def test_no_time_left_is_guessed_before_something_is_known():
    watched = Watched(stream("edge", "internet", Task())).collects()
    assert not [part for part in watched.after(60) if "left" in part]


def test_repetitions_waits_and_commits_are_shown():
    run = stream("edge", "internet", Task())
    run.committing = True
    watched = Watched(run, stream("edge", "vpc", Task())).collects()
    watched.counters.requests, watched.counters.retries, watched.counters.throttled = 1_234, 3, 2
    watched.waits = ["throttled by cfw.example for 12 s"]
    assert watched.after(5)[-3:] == ["committing edge/internet", "1,234 requests, 3 repeated, 2 throttled", "throttled by cfw.example for 12 s"]


def test_firewalls_of_one_name_are_told_apart_and_names_cannot_write_on_the_screen():
    tasks = [Task(), Task()]
    watched = Watched(
        stream("edge", "internet", tasks[0], firewall="11111111-aaaa"),
        stream("edge", "internet", tasks[1], firewall="22222222-bbbb"),
        stream("\x1b[2J" + "x" * 100, "vpc", Task()),
    ).collects()
    for one in tasks:
        one.found = 5
    line = " | ".join(watched.after(1))
    assert "edge (11111111)/internet" in line
    assert "edge (22222222)/internet" in line
    assert "\x1b" not in line
