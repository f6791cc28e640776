# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to tamper with records, with everything that states their bytes written anew."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any, Callable

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from place import Place
from tamper_kinds import NOTHING, Kinds

kind = Kinds()


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
