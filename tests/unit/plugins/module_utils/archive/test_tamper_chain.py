# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done to commits, with the chain linked anew or not, verification names the commit, or the file that it is about."""

from __future__ import annotations

import json

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import check
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.tampered import Kinds

_kind = Kinds()


@_kind
def _edit_commit_only(place):
    path = place.commit(2)
    path.write_bytes(path.read_bytes().replace(b'"host":"test"', b'"host":"best"'))
    return "chain-broken", place.key(path)


@_kind
def _remove_commit(place):
    path = place.commit(2)
    path.unlink()
    return "commit-missing", place.key(path)


@_kind
def _remove_first_commit(place):
    path = place.commit(1)
    path.unlink()
    return "commit-missing", place.key(path)


@_kind
def _bad_json_commit(place):
    path = place.commit(3)
    path.write_bytes(b"{")
    return "commit-unreadable", place.key(path)


@_kind
def _swap_commits(place):
    one, two = place.commit(1).read_bytes(), place.commit(2).read_bytes()
    place.commit(1).write_bytes(two)
    place.commit(2).write_bytes(one)
    return "commit-unreadable", place.key(place.commit(1))


@_kind
def _other_streams_commit(place):
    place.edit_commit(2, lambda commit: commit["stream"].update(log_type="vpc"))
    return "commit-unreadable", place.key(place.commit(2))


@_kind
def _coverage_widened(place):
    place.edit_commit(4, lambda commit: commit["coverage"][0].__setitem__(0, commit["coverage"][0][0] - DAY_MS))
    return "coverage-contradicts-chain", place.key(place.commit(4))


@_kind
def _coverage_verdict(place):
    place.edit_commit(3, lambda commit: commit["coverage"][-1].__setitem__(2, "unproven"))
    return "coverage-contradicts-chain", place.key(place.commit(3))


@_kind
def _coverage_overlap(place):
    place.edit_commit(4, lambda commit: commit["coverage"].append(commit["coverage"][-1]))
    return "commit-unreadable", place.key(place.commit(4))


@_kind
def _coverage_count(place):
    place.edit_commit(2, lambda commit: commit["coverage"][-1].__setitem__(3, 10**6))
    return "coverage-contradicts-chain", place.key(place.commit(2))


@_kind
def _window_grown(place):
    def change(commit):
        window = next(window for window in commit["windows"] if window["added"])
        window["added"] += 1
        window["records"] += 1

    place.edit_commit(1, change)
    return "commit-contradicts-itself", place.key(place.commit(1))


@_kind
def _window_total(place):
    place.edit_commit(2, lambda commit: commit["windows"][0].update(records=commit["windows"][0]["records"] + 1))
    return "window-contradicts-chain", place.key(place.commit(2))


@_kind
def _window_moved(place):
    """Two windows of a day trade what they say was added: totals and coverage still fit; only the data tells."""

    def change(commit):
        some = [window for window in commit["windows"] if window["added"]][-8:]
        left, right = next((a, b) for a in some for b in some if a["added"] != b["added"])
        left["added"], right["added"] = right["added"], left["added"]
        for window in (left, right):
            window["records"] = window["added"]
            next(row for row in commit["coverage"] if row[0] == window["start"])[3] = window["added"]

    place.edit_commit(1, change)
    return "window-contradicts-data", place.key(place.commit(1))


@_kind
def _entry_of_another_commit(place):
    place.edit_commit(2, lambda commit: commit["data"].append(json.loads(place.commit(1).read_bytes())["data"][0]))
    return "commit-contradicts-itself", place.key(place.commit(2))


@_kind
def _entry_dropped(place):
    key = place.key(place.data())
    place.edit_commit(1, lambda commit: commit.update(data=[entry for entry in commit["data"] if entry["key"] != key]))
    return "object-uncommitted", key


@_kind
def _entry_records(place):
    place.edit_commit(1, lambda commit: commit["data"][0].update(records=commit["data"][0]["records"] + 1))
    return "count-contradicts-data", place.key(place.data())


@_kind
def _entry_span(place):
    place.edit_commit(1, lambda commit: commit["data"][0].update(first=commit["data"][0]["first"] - 1))
    return "span-contradicts-data", place.key(place.data())


@pytest.mark.parametrize("tamper", _kind, ids=lambda kind: kind.__name__.strip("_"))
def test_found(place, tamper):
    kind, key = tamper(place)
    found = check(open_store(str(place.root)))
    assert (kind, key) in [(one[0], one[2]) for one in found], found
