# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to tamper with an archive. Each returns the keys of which at least one must be named by a finding.

C{NEEDS} says what a verifier must be given beside the archive: nothing, a head that was written down, or the public key.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
from typing import Any, Callable

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.layout import DAY_MS
from place import COMMITS, INTRUDER, OWNER, Place

NOTHING, HEAD, KEY = "nothing", "head", "key"
KINDS: list[tuple[str, str, Callable[[Place], set[str]]]] = []


def kind(needs: str) -> Callable[[Callable[[Place], set[str]]], Callable[[Place], set[str]]]:
    def register(tamper: Callable[[Place], set[str]]) -> Callable[[Place], set[str]]:
        KINDS.append((tamper.__name__, needs, tamper))
        return tamper

    return register


# -- bytes and objects


@kind(NOTHING)
def flip_in_data(place: Place) -> set[str]:
    return {place.flip(place.some_data())}


@kind(NOTHING)
def flip_in_commit(place: Place) -> set[str]:
    return {place.flip(place.commit(place.inner()))}


@kind(NOTHING)
def flip_in_summary(place: Place) -> set[str]:
    return {place.flip(place.dice.choice(place.days()))}


@kind(NOTHING)
def cut_data(place: Place) -> set[str]:
    path = place.some_data()
    data = path.read_bytes()
    path.write_bytes(data[: place.dice.randrange(len(data))])
    return {place.key(path)}


@kind(NOTHING)
def lengthen_data(place: Place) -> set[str]:
    path = place.some_data()
    more = place.dice.choice([b"\0" * 9, b"x", gzip.compress(b"{}\n"), path.read_bytes()])
    path.write_bytes(path.read_bytes() + more)
    return {place.key(path)}


@kind(NOTHING)
def remove_data(place: Place) -> set[str]:
    path = place.some_data()
    path.unlink()
    return {place.key(path)}


@kind(NOTHING)
def remove_commit(place: Place) -> set[str]:
    path = place.commit(place.inner())
    path.unlink()
    return {place.key(path)}


@kind(NOTHING)
def remove_summary(place: Place) -> set[str]:
    path = place.dice.choice(place.days())
    path.unlink()
    return {place.key(path)}


@kind(NOTHING)
def remove_all_commits(place: Place) -> set[str]:
    keys = {place.key(path) for path in place.data()} | {place.stream.evidence_prefix().rstrip("/")}
    shutil.rmtree(place.commit(1).parents[1])
    return keys


@kind(NOTHING)
def swap_data(place: Place) -> set[str]:
    one, two = place.dice.sample(place.data(), 2)
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    return {place.key(one)}


@kind(NOTHING)
def swap_commits(place: Place) -> set[str]:
    one, two = (place.commit(number) for number in place.dice.sample(range(1, COMMITS + 1), 2))
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    return {place.key(one)}


@kind(NOTHING)
def swap_summaries(place: Place) -> set[str]:
    one, two = place.dice.sample(place.days(), 2)
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    return {place.key(one)}


@kind(NOTHING)
def rename_data(place: Place) -> set[str]:
    path = place.some_data()
    path.rename(path.with_name(f"{path.name[:10]}{place.dice.randrange(1, 999):03d}{path.name[13:]}"))
    return {place.key(path)}


@kind(NOTHING)
def move_data_to_another_date(place: Place) -> set[str]:
    path = place.some_data()
    folder = path.parent.with_name("date=2001-02-03")
    folder.mkdir()
    path.rename(folder / path.name)
    return {place.key(path)}


@kind(NOTHING)
def plant_data(place: Place) -> set[str]:
    path = place.some_data()
    planted = path.with_name(f"{place.dice.randrange(1, 99):09d}-{place.dice.randrange(100, 999)}-{path.name[14:]}")
    shutil.copyfile(path, planted)
    return {place.key(planted)}


@kind(NOTHING)
def plant_an_unknown_object(place: Place) -> set[str]:
    folder = place.dice.choice([place.some_data().parent, place.commit(1).parent, place.root / "data", place.root])
    planted = folder / place.dice.choice(["more.jsonl.gz", "000000001.txt", "x"])
    planted.write_bytes(b"hello")
    return {place.key(planted)}


@kind(NOTHING)
def plant_a_summary(place: Place) -> set[str]:
    planted = place.days()[0].with_name("2031-01-01.json")
    shutil.copyfile(place.some_day(), planted)
    return {place.key(planted)}


@kind(NOTHING)
def plant_a_commit_out_of_order(place: Place) -> set[str]:
    number = place.dice.randrange(COMMITS + 2, 990)
    shutil.copyfile(place.commit(place.any()), place.commit(number))
    return {place.stream.commit_key(number)}


@kind(NOTHING)
def commit_in_a_wrong_folder(place: Place) -> set[str]:
    path = place.commit(place.any())
    folder = path.parent.with_name(f"{place.dice.randrange(1, 99):06d}")
    folder.mkdir()
    shutil.copyfile(path, folder / path.name)
    return {place.key(folder / path.name)}


@kind(NOTHING)
def link_instead_of_data(place: Place) -> set[str]:
    path = place.some_data()
    path.rename(place.root.parent / "elsewhere")
    path.symlink_to(place.root.parent / "elsewhere")
    return {place.key(path)}


@kind(NOTHING)
def folder_instead_of_data(place: Place) -> set[str]:
    path = place.some_data()
    path.unlink()
    path.mkdir()
    return {place.key(path)}


# -- records, with everything that states their bytes written anew


def _lines(change: Callable[[Place, list[bytes]], list[bytes]]) -> Callable[[Place], set[str]]:
    def tamper(place: Place) -> set[str]:
        path = place.dice.choice([path for path in place.data() if gzip.decompress(path.read_bytes()).count(b"\n") > 3])
        return {place.edit_lines(path, lambda lines: change(place, lines))}

    tamper.__name__ = change.__name__
    return kind(NOTHING)(tamper)


@_lines
def record_removed(place: Place, lines: list[bytes]) -> list[bytes]:
    at = place.dice.randrange(len(lines))
    return lines[:at] + lines[at + 1 :]


@_lines
def record_replaced_by_its_neighbour(place: Place, lines: list[bytes]) -> list[bytes]:
    at = place.dice.randrange(1, len(lines))
    return [*lines[:at], lines[at - 1], *lines[at + 1 :]]


@_lines
def records_swapped(place: Place, lines: list[bytes]) -> list[bytes]:
    at = place.dice.randrange(1, len(lines))
    return [*lines[: at - 1], lines[at], lines[at - 1], *lines[at + 1 :]]


@_lines
def record_moved_to_another_date(place: Place, lines: list[bytes]) -> list[bytes]:
    at = place.dice.choice([0, len(lines) - 1])
    moved = re.sub(rb'("start_time": )(\d+)', lambda match: match[1] + b"%d" % (int(match[2]) + (DAY_MS if at else -DAY_MS)), lines[at])
    return [*lines[:at], moved, *lines[at + 1 :]]


@_lines
def line_broken(place: Place, lines: list[bytes]) -> list[bytes]:
    at = place.dice.randrange(len(lines))
    line = lines[at]
    ways = [
        line[: len(line) // 2] + b"\n",
        b"\n",
        b"[]\n",
        b"{}\n",
        line.replace(b'"start_time"', b'"time"'),
        line[:-2] + b', "x": NaN}\n',
        line.replace(b'": ', b'" ', 1),
        line.replace(b"10.0", b"10.0\x00"),
        line[:-1] + b"x\n",
        line.replace(b'"DP', b'"\xff').replace(b"TCP", b"T\xffP").replace(b"UDP", b"U\xffP"),
    ]
    return [*lines[:at], place.dice.choice(ways), *lines[at + 1 :]]


@_lines
def last_line_end_cut(place: Place, lines: list[bytes]) -> list[bytes]:
    return [*lines[:-1], lines[-1].rstrip(b"\n")]


@kind(NOTHING)
def record_put_into_a_second_file(place: Place) -> set[str]:
    """Only reading the files of a date side by side shows it: counts and windows were made to fit."""
    dates: dict[str, list[Any]] = {}
    for path in place.data():
        dates.setdefault(path.parent.name, []).append(path)
    files = place.dice.choice([some for some in dates.values() if len(some) > 1])
    source, target = place.dice.sample(files, 2)
    line = place.dice.choice(gzip.decompress(source.read_bytes()).splitlines(keepends=True))

    def place_of(one: bytes) -> tuple[int, str]:
        record = json.loads(one)
        return record["start_time"], record["log_id"]

    key = place.edit_lines(target, lambda lines: sorted([*lines, line], key=place_of), records=True)
    return {key, place.key(source)}


# -- commits and summaries, with the chain linked anew


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


# -- what only a head shows, or the key


def _host(commit: dict[str, Any]) -> None:
    commit["collection"]["host"] = "forged"


def _record_edited(place: Place, sign: Any = None) -> int:
    """A value of a record of a day without summary is changed, and everything else is made to fit."""
    path = place.dice.choice([path for path in place.data() if int(path.name[:9]) >= 4])

    def change(lines: list[bytes]) -> list[bytes]:
        at = place.dice.randrange(len(lines))
        return [*lines[:at], lines[at].replace(b'"10.0.0.', b'"10.9.9.'), *lines[at + 1 :]]

    place.edit_lines(path, change, sign=sign)
    return int(path.name[:9])


@kind(HEAD)
def tail_cut_off(place: Place) -> set[str]:
    first = place.dice.randrange(2, COMMITS + 1)
    summaries = [day["key"] for number in range(first, COMMITS + 1) for day in place.load(number)["days"]]
    for number in range(first, COMMITS + 1):
        for entry in place.load(number)["data"]:
            place.path(entry["key"]).unlink()
        place.commit(number).unlink()
    for key in summaries:
        place.path(key).unlink()
    return {place.stream.commit_key(COMMITS)}


@kind(HEAD)
def chain_written_anew(place: Place) -> set[str]:
    place.write_from(place.any(), _host)
    return {place.stream.commit_key(COMMITS)}


@kind(HEAD)
def chain_written_anew_with_the_key(place: Place) -> set[str]:
    place.write_from(place.any(), _host, OWNER.signed)
    return {place.stream.commit_key(COMMITS)}


@kind(HEAD)
def record_edited_and_all_made_to_fit(place: Place) -> set[str]:
    _record_edited(place, OWNER.signed)
    return {place.stream.commit_key(COMMITS)}


@kind(HEAD)
def flip_in_newest_commit(place: Place) -> set[str]:
    return {place.flip(place.commit(COMMITS))}


@kind(HEAD)
def stream_removed(place: Place) -> set[str]:
    key = place.stream.commit_key(COMMITS)
    shutil.rmtree(place.path(place.stream.evidence_prefix()))
    shutil.rmtree(place.path(place.stream.data_prefix()))
    return {key}


@kind(KEY)
def flip_in_newest_commit_signed(place: Place) -> set[str]:
    return {place.flip(place.commit(COMMITS))}


@kind(KEY)
def written_anew_without_the_key(place: Place) -> set[str]:
    number = place.any()
    place.write_from(number, _host)
    return {place.stream.commit_key(number)}


@kind(KEY)
def record_edited_without_the_key(place: Place) -> set[str]:
    return {place.stream.commit_key(_record_edited(place))}


@kind(KEY)
def signature_stripped(place: Place) -> set[str]:
    number = place.any()
    place.write_from(number, _host, lambda commit: {name: value for name, value in commit.items() if name != "signature"})
    return {place.stream.commit_key(number if number > 1 else COMMITS)}


@kind(KEY)
def signed_with_another_key(place: Place) -> set[str]:
    number = place.any()
    place.write_from(number, _host, INTRUDER.signed)
    return {place.stream.commit_key(number)}


@kind(KEY)
def signed_with_another_key_under_the_owners_id(place: Place) -> set[str]:
    number = place.any()

    def sign(commit: dict[str, Any]) -> dict[str, Any]:
        signed = INTRUDER.signed(commit)
        signed["signature"]["key_id"] = OWNER.key_id
        return signed

    place.write_from(number, _host, sign)
    return {place.stream.commit_key(number)}


@kind(KEY)
def signature_of_another_commit(place: Place) -> set[str]:
    number = place.dice.randrange(2, COMMITS + 1)
    other = place.load(place.dice.randrange(1, number))["signature"]
    place.write_from(number, lambda commit: commit.update(signature=other))
    return {place.stream.commit_key(number)}


@kind(KEY)
def commit_appended_without_the_key(place: Place) -> set[str]:
    """A removal by retention that nobody ordered, for instance."""
    last = place.load(COMMITS)
    previous = {"key": place.stream.commit_key(COMMITS), "sha256": hashlib.sha256(place.commit(COMMITS).read_bytes()).hexdigest()}
    more = dict(last, sequence=COMMITS + 1, previous=previous, data=[], windows=[], days=[])
    if place.dice.randrange(2):
        del more["signature"]
    place.commit(COMMITS + 1).write_bytes(json.dumps(more, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
    return {place.stream.commit_key(COMMITS + 1)}


# -- any node of a commit or a summary becomes something else: no verifier may stumble


def _nodes(value: Any) -> list[tuple[Any, Any]]:
    """(container, place in it) of all that is in a JSON value."""
    places = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    return [(value, place) for place, _part in places] + [node for _place, part in places for node in _nodes(part)]


def _spoil(place: Place, document: dict[str, Any]) -> None:
    container, name = place.dice.choice(_nodes(document))
    junk: list[Any] = [None, True, -1, 10**30, 1.5, "", "x", "0" * 64, [], [[]], {}, {"key": 1}, [0, 1, "complete", 0, 0]]
    if place.dice.randrange(6):
        container[name] = place.dice.choice([one for one in junk if one != container[name] or type(one) is not type(container[name])])
    else:
        del container[name]


@kind(KEY)
def commit_spoiled(place: Place) -> set[str]:
    number = place.any()
    place.write_from(number, lambda commit: _spoil(place, commit))
    return {place.stream.commit_key(number)}


@kind(NOTHING)
def summary_spoiled(place: Place) -> set[str]:
    path = place.some_day()
    key = place.key(path)
    summary = json.loads(path.read_bytes())
    _spoil(place, summary)
    path.write_bytes(json.dumps(summary).encode())
    return {key}
