# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to tamper with commits and summaries, with the chain linked anew."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from place import COMMITS, Place
from tamper_kinds import NOTHING, Kinds

kind = Kinds()


@kind(NOTHING)
def coverage_widened(place: Place) -> set[str]:
    number = place.any()
    row = place.dice.randrange(2)

    def change(commit: dict[str, Any]) -> None:
        if row:
            commit["coverage"][0][0] -= DAY_MS
        else:
            commit["coverage"][-1][1] += 1

    place.write_from(number, change)
    return {place.stream.commit_key(number)}


@kind(NOTHING)
def coverage_embellished(place: Place) -> set[str]:
    """Unproven becomes complete in the newest commit: what an auditor would look at."""
    number = place.dice.randrange(1, 4)

    def change(commit: dict[str, Any]) -> None:
        rows = [row for row in commit["coverage"] if row[2] == "unproven"] or commit["coverage"]
        row = place.dice.choice(rows)
        row[2] = "complete" if row[2] == "unproven" else "unproven"

    place.write_from(number, change)
    return {place.stream.commit_key(number)}


@kind(NOTHING)
def coverage_count_changed(place: Place) -> set[str]:
    number = place.any()
    place.write_from(number, lambda commit: place.dice.choice(commit["coverage"]).__setitem__(3, 10**6))
    return {place.stream.commit_key(number)}


@kind(NOTHING)
def hole_closed(place: Place) -> set[str]:
    """The days between the third and the fourth commit were never collected; now a row says they were."""

    def change(commit: dict[str, Any]) -> None:
        rows = commit["coverage"]
        at = next(number for number in range(1, len(rows)) if rows[number][0] > rows[number - 1][1])
        rows.insert(at, [rows[at - 1][1], rows[at][0], "complete", 0, 0])

    number = place.dice.choice([4, 5])
    place.write_from(number, change)
    return {place.stream.commit_key(number)}


@kind(NOTHING)
def window_says_more(place: Place) -> set[str]:
    number = place.any()

    def change(commit: dict[str, Any]) -> None:
        window = place.dice.choice(commit["windows"])
        window["added"] += 1
        window["records"] += 1

    place.write_from(number, change)
    return {place.stream.commit_key(number)}


@kind(NOTHING)
def windows_trade_records(place: Place) -> set[str]:
    """Totals and coverage still fit: only the data tell."""
    number = 1

    def change(commit: dict[str, Any]) -> None:
        windows = [window for window in commit["windows"] if window["added"]]
        pairs = [(a, b) for a in windows for b in windows if a["added"] < b["added"] and a["start"] // DAY_MS == b["start"] // DAY_MS]
        one, two = place.dice.choice(pairs)
        one["added"], two["added"] = two["added"], one["added"]
        for window in (one, two):
            window["records"] = window["added"]
            next(row for row in commit["coverage"] if row[0] == window["start"])[3] = window["added"]

    place.write_from(number, change)
    return {place.stream.commit_key(number)}


@kind(NOTHING)
def window_dropped(place: Place) -> set[str]:
    number = place.any()

    def change(commit: dict[str, Any]) -> None:
        gone = place.dice.choice([window for window in commit["windows"] if window["added"]])
        commit["windows"].remove(gone)

    place.write_from(number, change)
    return {place.stream.commit_key(number)}


@kind(NOTHING)
def data_file_not_named(place: Place) -> set[str]:
    path = place.some_data()
    key = place.key(path)
    place.write_from(int(path.name[:9]), lambda commit: commit.update(data=[entry for entry in commit["data"] if entry["key"] != key]))
    return {key}


@kind(NOTHING)
def data_file_named_again(place: Place) -> set[str]:
    number = place.dice.randrange(2, COMMITS + 1)
    entry = place.dice.choice(place.load(place.dice.randrange(1, number))["data"])
    place.write_from(number, lambda commit: commit["data"].append(entry))
    return {place.stream.commit_key(number)}


@kind(NOTHING)
def data_file_of_another_size(place: Place) -> set[str]:
    path = place.some_data()
    key = place.key(path)
    field = place.dice.choice(["bytes", "records", "first", "last"])

    def change(commit: dict[str, Any]) -> None:
        next(entry for entry in commit["data"] if entry["key"] == key)[field] += 1

    place.write_from(int(path.name[:9]), change)
    return {key}


@kind(NOTHING)
def summary_changed(place: Place) -> set[str]:
    def change(summary: dict[str, Any]) -> None:
        name = place.dice.choice(["records", "bytes", "packets", "without_numbers", "hour", "group", "top", "top rows", "date", "format"])
        if name == "hour":
            place.dice.choice(summary["by_hour"])["bytes"] += 1
        elif name == "group":
            place.dice.choice(summary[place.dice.choice(["by_direction", "by_app", "by_protocol"])])["records"] += 1
        elif name == "top":
            place.dice.choice(summary["top"][place.dice.choice(["src_ip", "dst_ip", "dst_port", "dst_host"])]["rows"])["bytes"] += 1
        elif name == "top rows":
            summary["top"]["src_ip"]["rows"].pop()
        elif name in ("date", "format"):
            summary[name] = "2020-01-01"
        else:
            summary[name] += 1

    return {place.edit_day(place.some_day(), change)}


@kind(NOTHING)
def summary_not_named(place: Place) -> set[str]:
    path = place.some_day()
    key = place.key(path)
    number = next(number for number in range(1, COMMITS + 1) if key in [day["key"] for day in place.load(number)["days"]])
    place.write_from(number, lambda commit: commit.update(days=[day for day in commit["days"] if day["key"] != key]))
    return {key}


@kind(NOTHING)
def stream_renamed(place: Place) -> set[str]:
    number = place.any()
    place.write_from(number, lambda commit: commit["stream"].update(fw_instance_id="fw-2"))
    return {place.stream.commit_key(number)}


@kind(NOTHING)
def chain_not_linked(place: Place) -> set[str]:
    """A commit is changed consistently, and what follows keeps naming the old one."""
    number = place.inner()
    path = place.commit(number)
    commit = json.loads(path.read_bytes())
    commit["collection"]["host"] = "forged"
    path.write_bytes(json.dumps(commit).encode())
    return {place.key(path)}
