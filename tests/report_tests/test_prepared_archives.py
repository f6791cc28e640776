# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives with one known defect each, or with none, give exactly the findings that belong to it, and no more."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.removal import remove_expired
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import date_of
from prepared import DAY, HOUR, INTERNET, MIDNIGHT, NOW, OTHER, VPC, Prepared, firewalls, record, unreadable

Build = Callable[[Prepared], Any]
Expected = list  # (kind, severity), or with log type, start and end

LIST = {"log_types": ["internet"], "firewalls": firewalls(INTERNET)}
RULE = [{"name": "house", "days": 10}]
BEGIN = MIDNIGHT - 12 * DAY
HORIZON = NOW - 7 * DAY
YOUNG = NOW - DAY


def day(back: int) -> tuple[int, int]:
    return MIDNIGHT - back * DAY, MIDNIGHT - (back - 1) * DAY


def lost(start: int, end: int, log_type: str = "internet") -> tuple:
    return "time-lost", "error", log_type, start, end


def collectable(start: int, end: int) -> tuple:
    return "time-collectable", "warning", "internet", start, end


def empty_days(status: int | None) -> Build:
    """Twelve days; those from nine to eleven days ago are empty, and were collected with the firewall in this state."""

    def build(archive: Prepared) -> None:
        firewall = None if status is None else {"name": "edge", "status": status}
        archive.commit(INTERNET, [day(back) for back in (11, 10, 9)], NOW - 5 * DAY, [], firewall=firewall)
        archive.commit(INTERNET, [day(12), *[day(back) for back in range(8, 0, -1)]], NOW)

    return build


def once(*, verdict: str, backs: tuple[int, ...], again: str | None = None) -> Build:
    """Days asked for at their time, some with another verdict; perhaps asked for again."""

    def build(archive: Prepared) -> None:
        good = [day(back) for back in range(12, 0, -1) if back not in backs]
        archive.commit(INTERNET, good, NOW - HOUR)
        archive.commit(INTERNET, [day(back) for back in backs], NOW - HOUR, verdict=verdict)
        if again:
            archive.commit(INTERNET, [day(back) for back in backs], NOW, [], verdict=again)

    return build


def daily(**options: Any) -> Build:
    return lambda archive: archive.daily(**options)


def then(build: Build, change: Build) -> Build:
    def both(archive: Prepared) -> None:
        build(archive)
        change(archive)

    return both


def two_streams(archive: Prepared) -> None:
    archive.daily(INTERNET)
    archive.daily(VPC, leave=(day(9),))


def two_firewalls(archive: Prepared) -> None:
    archive.daily(INTERNET)
    archive.daily(OTHER)


def seam(archive: Prepared) -> None:
    """Two runs whose ranges miss each other by a millisecond."""
    middle = MIDNIGHT - 9 * DAY
    archive.commit(INTERNET, [day(12), day(11), (MIDNIGHT - 10 * DAY, middle - 1)], NOW - 5 * DAY)
    archive.commit(INTERNET, [day(back) for back in range(9, 0, -1)], NOW)


def late(archive: Prepared) -> None:
    archive.daily(until=NOW - DAY)
    start, _end = day(5)
    archive.commit(INTERNET, [day(back) for back in range(6, 0, -1)], NOW, [record(start + HOUR, "late-1"), record(start + 2 * HOUR, "late-2")])


def early(archive: Prepared) -> None:
    """Each day is asked for once, ten hours after its end."""
    for back in range(12, 0, -1):
        archive.commit(INTERNET, [day(back)], day(back)[1] + 10 * HOUR)


def change_byte(pattern: str, place: int) -> Build:
    def change(archive: Prepared) -> None:
        path = archive.path(pattern)
        data = bytearray(path.read_bytes())
        data[place] ^= 1
        path.write_bytes(data)

    return change


def remove(pattern: str) -> Build:
    return lambda archive: os.unlink(archive.path(pattern))


def add(key: str, like: str | None = None) -> Build:
    def change(archive: Prepared) -> None:
        path = archive.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        if like:
            shutil.copy(archive.path(like), path)
        else:
            path.write_bytes(b"?")

    return change


def cut(pattern: str) -> Build:
    def change(archive: Prepared) -> None:
        path = archive.path(pattern)
        path.write_bytes(path.read_bytes()[:-3])

    return change


def removed(days: int) -> Build:
    """The archive's own removal of data that are older than this."""
    return lambda archive: remove_expired(archive.store, INTERNET, days=days, reason="house rule", now=NOW, collection={}) and None


def nothing(archive: Prepared) -> None:
    (archive.folder / "evidence").mkdir(parents=True)


def old_head(archive: Prepared) -> dict[str, Any]:
    """The archive loses its newest commits, with their data; their head was written down."""
    archive.daily(until=NOW - DAY)
    copy = archive.folder.with_name("copy")
    shutil.copytree(archive.folder, copy)
    archive.commit(INTERNET, [day(1)], NOW)
    head = archive.ask()["streams"][0]["head"]
    shutil.rmtree(archive.folder)
    shutil.move(copy, archive.folder)
    return {"heads": [head]}


DATE = date_of(day(9)[0])
DATA = f"data/**/date={DATE}/*.gz"
SUMMARY = f"evidence/**/days/{DATE}.json"
AT = ("internet", *day(9))

CASES: dict[str, tuple[Build, dict[str, Any], Expected]] = {
    # which firewalls
    "sound": (daily(), LIST, []),
    "sound, nothing expected": (daily(), {}, []),
    "no stream at all": (nothing, {}, []),
    "firewall never archived": (daily(), {**LIST, "firewalls": firewalls(INTERNET, OTHER)}, [("never-archived", "error")]),
    "log type never archived": (daily(), {**LIST, "log_types": ["internet", "vpc"]}, [("never-archived", "error", "vpc", None, None)]),
    "firewall vanished": (two_firewalls, {**LIST, "scope": "archive"}, [("no-longer-expected", "notice")]),
    "firewall vanished, and its collection ended": (
        then(daily(), lambda archive: archive.daily(OTHER, until=NOW - 4 * DAY)), {**LIST, "scope": "archive"}, [("no-longer-expected", "notice")],
    ),
    "others are not looked at": (two_firewalls, LIST, []),
    "more log types than expected": (two_firewalls, {**LIST, "firewalls": firewalls(INTERNET, OTHER), "scope": "archive"}, []),
    "project unreadable": (daily(), {**LIST, "unreadable": unreadable(OTHER._replace(project_id="sealed"))}, [("project-unreadable", "error")]),
    "project of archived firewalls unreadable": (
        daily(stream=OTHER), {**LIST, "firewalls": firewalls(INTERNET._replace(project_id="p2")), "scope": "archive", "unreadable": unreadable(OTHER)},
        [("never-archived", "error"), ("project-unreadable", "error")],
    ),
    "stream unreadable": (daily(), {**LIST, "unreadable": unreadable(INTERNET, "fw_instance_id", "log_type")}, [("stream-unreadable", "error")]),
    "stream unreadable from the first": (
        daily(), {**LIST, "log_types": ["internet", "vpc"], "unreadable": unreadable(VPC, "fw_instance_id", "log_type")},
        [("stream-unreadable", "error", "vpc", None, None)],
    ),
    # empty is not empty
    "empty, and the firewall was running": (empty_days(2), LIST, []),
    "empty, and the firewall was being upgraded": (empty_days(3), LIST, []),
    "empty, and the firewall was frozen": (empty_days(5), LIST, [("empty-while-off", "notice", "internet", day(11)[0], day(9)[1])]),
    "empty, and nobody could tell": (empty_days(None), LIST, [("empty-status-unknown", "notice", "internet", day(11)[0], day(9)[1])]),
    "traffic, and the firewall was frozen": (daily(firewall={"name": "edge", "status": 5}), LIST, []),
    # gaps
    "gap before midnight": (daily(leave=((day(9)[1] - HOUR, day(9)[1]),), length=HOUR), LIST, [lost(day(9)[1] - HOUR, day(9)[1])]),
    "gap after midnight": (daily(leave=((day(9)[0], day(9)[0] + HOUR),), length=HOUR), LIST, [lost(day(9)[0], day(9)[0] + HOUR)]),
    "gap across midnight": (daily(leave=((day(9)[0] - HOUR, day(9)[0] + HOUR),), length=HOUR), LIST, [lost(day(9)[0] - HOUR, day(9)[0] + HOUR)]),
    "a millisecond at the seam of two runs": (seam, LIST, [lost(MIDNIGHT - 9 * DAY - 1, MIDNIGHT - 9 * DAY)]),
    "lost day": (daily(leave=(day(10),)), LIST, [lost(*day(10))]),
    "two lost days": (daily(leave=(day(11), day(9))), LIST, [lost(*day(11)), lost(*day(9))]),
    "gap of one log type": (two_streams, {**LIST, "log_types": ["internet", "vpc"]}, [lost(*day(9), "vpc")]),
    "gap that can be filled": (daily(leave=(day(4),)), LIST, [collectable(*day(4))]),
    "gap that is being lost": (daily(leave=((day(8)[0], day(6)[1]),)), LIST, [lost(day(8)[0], HORIZON), collectable(HORIZON, day(6)[1])]),
    "collection stopped three days ago": (daily(until=NOW - 3 * DAY), LIST, [collectable(MIDNIGHT - 3 * DAY, YOUNG)]),
    "collection stopped ten days ago": (
        daily(until=NOW - 10 * DAY), LIST,
        [lost(MIDNIGHT - 10 * DAY, HORIZON), collectable(HORIZON, YOUNG), ("closed-early", "notice", "internet", BEGIN, MIDNIGHT - 10 * DAY)],
    ),
    "too young to be missing": (daily(), {**LIST, "settle": "10h"}, []),
    "old enough to be missing": (daily(), {**LIST, "settle": "9h"}, [collectable(MIDNIGHT, MIDNIGHT + HOUR)]),
    "asked for more than was collected": (daily(), {**LIST, "start_time": str(BEGIN - DAY)}, [lost(BEGIN - DAY, BEGIN)]),
    "gap outside of what is asked": (daily(leave=(day(10),)), {**LIST, "start_time": str(day(8)[0])}, []),
    "gap after what is asked": (daily(until=NOW - 3 * DAY), {**LIST, "end_time": str(MIDNIGHT - 3 * DAY)}, []),
    # what could not be proven
    "unproven": (once(verdict="unproven", backs=(3,)), LIST, [("time-unproven", "warning", "internet", *day(3))]),
    "unproven for good": (once(verdict="unproven", backs=(10,)), LIST, [("time-unproven-for-good", "error", "internet", *day(10))]),
    "unproven, then proven": (once(verdict="unproven", backs=(3,), again="complete"), LIST, []),
    "unproven days that touch": (once(verdict="unproven", backs=(4, 3)), LIST, [("time-unproven", "warning", "internet", day(4)[0], day(3)[1])]),
    "late records": (late, LIST, []),
    "asked for once": (early, LIST, [("closed-early", "notice", "internet", BEGIN, day(8)[1])]),
    # retention
    "kept": (daily(), {**LIST, "retention": RULE}, []),
    "kept to the day": (daily(), {**LIST, "retention": [{"name": "house", "days": 12}]}, []),
    "short by a day": (daily(), {**LIST, "retention": [{"name": "house", "days": 13}]}, [("retention-not-yet-provable", "notice")]),
    "two rules": (daily(), {**LIST, "retention": [*RULE, {"name": "pci-dss-4"}]}, [("retention-not-yet-provable", "notice")]),
    "a gap that the rule is about": (daily(leave=(day(9),)), {**LIST, "retention": RULE}, [lost(*day(9)), ("retention-not-met", "error")]),
    "a gap that the rule is not about": (daily(leave=(day(12 - 1),)), {**LIST, "retention": RULE}, [lost(*day(11))]),
    "a gap to be filled": (
        daily(leave=(day(4),)), {**LIST, "retention": RULE}, [collectable(*day(4)), ("retention-not-yet-provable", "notice")],
    ),
    "rule for a firewall never archived": (
        daily(), {**LIST, "firewalls": firewalls(INTERNET, OTHER), "retention": RULE}, [("never-archived", "error"), ("retention-not-met", "error")],
    ),
    "rule about a missing object": (
        then(daily(), remove(DATA)), {**LIST, "retention": RULE, "verify": "chain"}, [("object-missing", "error", *AT), ("retention-not-met", "error")],
    ),
    "rule not about a missing object": (
        then(daily(), remove(DATA)), {**LIST, "retention": [{"name": "house", "days": 7}], "verify": "chain"}, [("object-missing", "error", *AT)],
    ),
    "at hand, and not looked for": (
        daily(), {**LIST, "verify": "none", "retention": [{"name": "house", "days": 10, "immediately": 3}]}, [("retention-not-yet-provable", "notice")],
    ),
    "data removed that the rule asks for": (
        then(daily(days=18), removed(9)), {**LIST, "retention": RULE}, [("removed-by-retention", "notice"), ("retention-not-met", "error")],
    ),
    "data removed that no rule asks for": (then(daily(days=18), removed(12)), {**LIST, "retention": RULE}, [("removed-by-retention", "notice")]),
    # integrity
    "data altered": (then(daily(), change_byte(DATA, 4)), LIST, [("object-changed", "error", *AT)]),
    "data altered, and not read": (then(daily(), change_byte(DATA, 4)), {**LIST, "verify": "chain"}, []),
    "data cut": (then(daily(), cut(DATA)), {**LIST, "verify": "chain"}, [("object-changed", "error")]),
    "data missing": (then(daily(), remove(DATA)), LIST, [("object-missing", "error", *AT), ("summary-contradicts-data", "error", *AT)]),
    "summary altered": (
        then(daily(days=18), change_byte(f"evidence/**/days/{date_of(day(17)[0])}.json", -1)), LIST,
        [("object-changed", "error", "internet", *day(17)), ("summary-unreadable", "error", "internet", *day(17))],
    ),
    "summary missing": (
        then(daily(days=18), remove(f"evidence/**/days/{date_of(day(17)[0])}.json")), LIST, [("object-missing", "error", "internet", *day(17))],
    ),
    "stray object": (then(daily(), add("data/notes.txt")), {}, [("object-unknown", "error", None, None, None)]),
    "left by a killed run": (
        then(daily(), add(f"data/{INTERNET.partition()}date={DATE}/000000099-000-0123456789ab.jsonl.gz", DATA)), {**LIST, "verify": "chain"},
        [("object-uncommitted", "warning")],
    ),
    "newest commits cut off": (old_head, LIST, [("head-unknown", "error"), collectable(MIDNIGHT - DAY, YOUNG)]),
    "commit missing": (
        then(daily(), remove("evidence/**/commits/000000/000000005.json")), {**LIST, "verify": "chain"},
        [("commit-missing", "error"), ("object-uncommitted", "warning"), ("summary-contradicts-chain", "error")],
    ),
}  # fmt: skip


def assert_exactly(found: list[dict[str, Any]], expected: Expected) -> None:
    """Each expected finding is there, once, and there is no other."""
    left = [(one["kind"], one["severity"], one["log_type"], one["start"], one["end"]) for one in found]
    for wanted in expected:
        match = next((one for one in left if one[: len(wanted)] == wanted), None)
        assert match is not None, f"{wanted} is not among {left}"
        left.remove(match)
    assert not left


@pytest.mark.quick
@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, tmp_path: Path) -> None:
    build, options, expected = CASES[name]
    archive = Prepared(tmp_path / "archive")
    more = build(archive) or {}
    answer = archive.ask(**options, **more)
    found = answer["findings"]
    assert_exactly(found, expected)
    assert len({one["id"] for one in found}) == len(found)
    assert answer["severities"] == {name: sum(one["severity"] == name for one in found) for name in ("error", "warning", "notice")}
    again = archive.ask(**options, **more)
    assert [one["id"] for one in again["findings"]] == [one["id"] for one in found]
