# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done to records, with everything forged that states their file's bytes, verification names the file."""

from __future__ import annotations

import json

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import NOW, check
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.tampered import Kinds

_kind = Kinds()


def _swap(lines):
    return lines[1:2] + lines[0:1] + lines[2:]


@_kind
def _record_removed(place):
    return "count-contradicts-data", place.edit_data(lambda lines: lines[:5] + lines[6:])


@_kind
def _record_twice(place):
    return "record-twice", place.edit_data(lambda lines: lines[:5] + lines[4:5] + lines[6:])


@_kind
def _record_also_in_another_file(place):
    path, other = place.data(0, 1), place.data(0, 2)
    assert path.parent == other.parent
    taken = place.lines(path)[7]
    time = json.loads(taken)["start_time"]

    def replace(lines):
        times = [json.loads(line)["start_time"] for line in lines]
        near = min(range(len(lines)), key=lambda at: abs(times[at] - time))
        return sorted(lines[:near] + [taken] + lines[near + 1:], key=lambda line: json.loads(line)["start_time"])

    key = place.edit_data(replace, 0, 2)
    found = [one for one in check(open_store(str(place.root))) if one[0] == "record-twice"]
    assert [one[2] for one in found] in ([key], [place.key(path)])
    return "record-twice", found[0][2]


@_kind
def _records_swapped(place):
    return "records-out-of-order", place.edit_data(_swap)


@_kind
def _record_of_another_day(place):
    moved = b'"start_time" : %d' % (NOW - 5 * DAY_MS)
    return "record-on-wrong-date", place.edit_data(lambda lines: [lines[0].split(b'"start_time"')[0] + moved + b"}\n"] + lines[1:])


@_kind
def _record_outside_windows(place):
    """A commit of two windows, then a record between them."""
    gone = {}

    def change(commit):
        gone.update(next(window for window in commit["windows"] if window["added"]))
        commit["windows"] = [window for window in commit["windows"] if window["start"] != gone["start"]]

    place.edit_commit(1, change)
    return "record-outside-window", place.key(place.data())


@_kind
def _line_not_json(place):
    return "bad-json", place.edit_data(lambda lines: lines[:3] + [b"{not json}\n"] + lines[4:])


@_kind
def _line_not_a_record(place):
    return "bad-record", place.edit_data(lambda lines: lines[:3] + [b"[1]\n"] + lines[4:])


@_kind
def _line_without_time(place):
    return "bad-record", place.edit_data(lambda lines: lines[:3] + [b'{"log_id":"x"}\n'] + lines[4:])


@_kind
def _last_line_cut(place):
    return "line-without-end", place.edit_data(lambda lines: lines[:-1] + [lines[-1].rstrip(b"\n")])


@pytest.mark.parametrize("tamper", _kind, ids=lambda kind: kind.__name__.strip("_"))
def test_found(place, tamper):
    kind, key = tamper(place)
    found = check(open_store(str(place.root)))
    assert (kind, key) in [(one[0], one[2]) for one in found], found
