# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removal by retention takes data of whole days, states it, and leaves an archive that verifies and goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import Chain, document
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.removal import remove_expired
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, date_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.verify import verify
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import (
    NOW,
    STREAM,
    asked,
    check,
    data_lines,
    records,
    run,
)

LATER = NOW + 40 * DAY_MS


def archive(tmp_path):
    """Records of the days before NOW and before LATER, the first ones in two commits."""
    store = open_store(str(tmp_path / "archive"))
    some = records(90, start=NOW - 3 * DAY_MS)
    run(store, some[::2])
    run(store, some, now=NOW + 1)
    run(store, records(60, start=LATER - 2 * DAY_MS, end=LATER, seed=2), asked(LATER - 7 * DAY_MS, LATER, now=LATER), now=LATER)
    assert check(store) == []
    return store


def remove(store, days=30, now=LATER, **more):
    return remove_expired(store, STREAM, days=days, reason="retention of 30 days", now=now, collection={"host": "test"}, **more)


def dates(store):
    return sorted({path.parent.name[5:] for path in Path(store.root).glob("data/**/*.gz")})


def snapshot(store):
    return {path: path.read_bytes() for path in sorted(Path(store.root).rglob("*")) if path.is_file()}


def test_expired_days_are_removed_stated_and_the_archive_verifies(tmp_path):
    store = archive(tmp_path)
    before = Chain(store, STREAM).head()
    done = remove(store)
    assert (done.records, done.problems, done.kept) == (90, [], []) and done.before == NOW - NOW % DAY_MS + DAY_MS
    assert done.head.sequence == before.sequence + 1
    assert len(data_lines(store.root)) == 60
    commit = done.head.commit
    assert sum(one["records"] for one in commit["removed"]) == 90 and {one["reason"] for one in commit["removed"]} == {"retention of 30 days"}
    assert [row[:4] for row in commit["coverage"]] == [row[:4] for row in before.commit["coverage"]]
    for depth in ("chain", "data"):
        assert check(store, depth) == [("removed-by-retention", "notice", done.head.key)]
    report = verify(store, depth="none", now=LATER)
    assert report["findings"] == [] and report["streams"][0]["removed"]["before"] == done.before


def test_summaries_of_removed_days_stay_and_are_made_where_they_are_missing(tmp_path):
    store = open_store(str(tmp_path / "archive"))
    run(store, records(50, start=NOW - 3 * DAY_MS))  # no later run closed these days
    assert not list(Path(store.root).glob("evidence/**/days/*.json"))
    assert remove(store).records == 50
    counted = [json.loads(path.read_bytes())["records"] for path in Path(store.root).glob("evidence/**/days/*.json")]
    assert sum(counted) == 50
    assert [one[0] for one in check(store)] == ["removed-by-retention"]


def test_a_second_removal_changes_nothing_and_runs_go_on(tmp_path):
    store = archive(tmp_path)
    first = remove(store)
    whole = snapshot(store)
    again = remove(store, now=LATER + 5)
    assert (again.files, again.head.sha256, again.before) == (0, first.head.sha256, first.before) and snapshot(store) == whole
    new = records(20, start=LATER, end=LATER + DAY_MS, seed=5)
    done = run(store, new, asked(LATER, LATER + DAY_MS, now=LATER + DAY_MS), now=LATER + DAY_MS)
    assert done.head.commit["removed_before"] == first.before and "removed" not in done.head.commit
    assert check(store) == [("removed-by-retention", "notice", first.head.key)]
    later = remove(store, now=LATER + 60 * DAY_MS)
    assert later.records == 80 and data_lines(store.root) == []
    assert [one[0] for one in check(store)] == ["removed-by-retention"] * 2


def test_only_whole_days_past_the_retention_go(tmp_path):
    store = archive(tmp_path)
    age = (LATER - (NOW - NOW % DAY_MS)) // DAY_MS  # of the end of the last day but one
    all_dates = dates(store)
    assert remove(store, days=age + 1).before == NOW - NOW % DAY_MS - DAY_MS
    assert dates(store) == [date for date in all_dates if date >= date_of(NOW - DAY_MS)]
    assert remove(store, days=age).before == NOW - NOW % DAY_MS
    assert dates(store) == [date for date in all_dates if date >= date_of(NOW)]


def test_check_mode_says_what_would_go_and_changes_nothing(tmp_path):
    store = archive(tmp_path)
    whole = snapshot(store)
    planned = remove(store, check_mode=True)
    assert (planned.records, planned.before) == (90, NOW - NOW % DAY_MS + DAY_MS) and snapshot(store) == whole
    assert (planned.files, planned.bytes) == remove(store)[1:4:2]


@pytest.mark.parametrize("days", [6, 0, -1])
def test_days_that_can_still_gain_records_are_never_removed(tmp_path, days):
    store = archive(tmp_path)
    with pytest.raises(OptionError, match="at least 7"):
        remove(store, days=days)


def test_a_removal_that_was_killed_is_finished_by_the_next(tmp_path, monkeypatch):
    store = archive(tmp_path)
    monkeypatch.setattr(type(store), "delete", lambda _store, _key: (None for never in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        remove(store)
    monkeypatch.undo()
    found = check(store)
    assert {one[0] for one in found} == {"removed-by-retention", "removal-unfinished"} and "error" not in {one[1] for one in found}
    done = remove(store)
    assert (done.files, done.problems) == (0, []) and [one[0] for one in check(store)] == ["removed-by-retention"]


def test_what_is_locked_stays_and_is_stated(tmp_path, monkeypatch):
    store = archive(tmp_path)
    locked = sorted(Path(store.root).glob("data/**/*.gz"))[0].relative_to(store.root).as_posix()
    delete = type(store).delete

    def refuse(self, key):
        if key == locked:
            raise ArchiveError(f"{key} is locked until 2030.", "Wait.")
        delete(self, key)

    monkeypatch.setattr(type(store), "delete", refuse)
    done = remove(store)
    assert done.kept == [locked] and "locked until 2030" in done.problems[0]
    found = check(store)
    assert ("removal-unfinished", "warning", locked) in found and "error" not in {one[1] for one in found}
    monkeypatch.undo()
    Path(store.root, locked).write_bytes(b"")  # what stays is still evidence
    assert ("object-changed", "error", locked) in check(store)


def test_a_day_under_lock_and_all_that_is_younger_are_left_alone(tmp_path, monkeypatch):
    store = archive(tmp_path)
    all_dates = dates(store)
    under_lock = next(path.relative_to(store.root).as_posix() for path in Path(store.root).glob(f"data/**/date={all_dates[1]}/*.gz"))
    monkeypatch.setattr(type(store), "is_locked", lambda self, key: key == under_lock)
    done = remove(store)
    assert (done.locked, done.kept, done.problems) == ([under_lock], [], []) and done.before == NOW - NOW % DAY_MS - 2 * DAY_MS
    assert dates(store) == all_dates[1:]
    assert check(store) == [("removed-by-retention", "notice", done.head.key)]
    assert remove(store, check_mode=True)[1:3] == (0, 0) and remove(store).head.sha256 == done.head.sha256
    monkeypatch.undo()
    done = remove(store)
    assert done.locked == [] and dates(store) == [date for date in all_dates if date > date_of(NOW)]


def test_no_stream_is_nothing_to_remove(tmp_path):
    store = archive(tmp_path)
    assert remove_expired(store, STREAM._replace(log_type="nat"), days=30, reason="r", now=LATER, collection={}).head is None


def _rewrite(store, change):
    path = sorted(Path(store.root).glob("evidence/**/commits/*/*.json"))[-1]
    commit = json.loads(path.read_bytes())
    change(commit)
    path.write_bytes(document(commit))
    return path.relative_to(store.root).as_posix()


@pytest.mark.parametrize(
    "change",
    [
        lambda commit: commit["removed"].pop(),
        lambda commit: commit.update(removed=[]),
        lambda commit: commit["removed"][0].update(records=0),
        lambda commit: commit["removed"][0].update(sha256="0" * 64),
        lambda commit: commit["removed"][0].update(key=commit["removed"][0]["key"].replace("date=", "date=x")),
        lambda commit: commit.update(removed_before=commit["removed_before"] - DAY_MS),
        lambda commit: commit.update(removed_before=commit["removed_before"] + 40 * DAY_MS),
        lambda commit: commit.update(created=NOW + DAY_MS),
        lambda commit: commit.update(days=[]),
    ],
)
def test_a_removal_that_contradicts_the_chain_is_an_error(tmp_path, change):
    store = open_store(str(tmp_path / "archive"))
    run(store, records(50, start=NOW - 3 * DAY_MS))
    run(store, records(60, start=LATER - 2 * DAY_MS, end=LATER, seed=2), asked(LATER - 7 * DAY_MS, LATER, now=LATER - 33 * DAY_MS), now=LATER - 33 * DAY_MS)
    remove(store)
    key = _rewrite(store, change)
    assert ("removal-contradicts-chain", "error", key) in check(store, "chain")
