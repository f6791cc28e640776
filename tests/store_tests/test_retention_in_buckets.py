# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removal by retention in buckets: plain ones, ones that keep versions, ones that lock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.removal import Removal, remove_expired
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import Store
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import NOW, STREAM, asked, check, records, run
from places import BucketPlace

LATER = NOW + 40 * DAY_MS


def fill(store: Store) -> None:
    """Records of the days before NOW, which are to go, and before LATER, which are to stay."""
    run(store, records(90, start=NOW - 3 * DAY_MS))
    run(store, records(60, start=LATER - 2 * DAY_MS, end=LATER, seed=2), asked(LATER - 7 * DAY_MS, LATER, now=LATER), now=LATER)


def remove(store: Store) -> Removal:
    return remove_expired(store, STREAM, days=30, reason="house rule", now=LATER, collection={"host": "test"})


def data(place: BucketPlace) -> list[str]:
    return [key for key in place.listed() if key.startswith("data/")]


@pytest.mark.parametrize("kind", ["plain", "versioned", "locked"])
def test_expired_days_go_and_the_archive_verifies(new_place: Callable[..., BucketPlace], kind: str) -> None:
    place = new_place(kind)
    fill(place.open())
    before = data(place)
    done = remove(place.open())
    assert (done.records, done.kept, done.locked, done.problems) == (90, [], [], [])
    gone = sorted(set(before) - set(data(place)))
    assert len(gone) == done.files == 4 and len(data(place)) == len(before) - 4
    assert check(place.open()) == [("removed-by-retention", "notice", done.head.key if done.head else "")]
    assert remove(place.open()).files == 0
    versions = place.client.list_object_versions(Bucket=place.bucket, Prefix=f"{place.prefix}/data/").get("Versions", ())
    kept = {version["Key"][len(place.prefix) + 1:] for version in versions} & set(gone)
    assert kept == (set() if kind == "plain" else set(gone))  # where there are versions, the bucket's own rules end them


def test_what_is_locked_stays_until_the_lock_ends(new_place: Callable[..., BucketPlace]) -> None:
    place = new_place("locked")
    fill(place.open())
    before = data(place)
    second_day = sorted({key.rpartition("/")[0] for key in before})[1]
    locked = next(key for key in before if key.startswith(second_day))
    until = datetime.now(timezone.utc) + timedelta(seconds=6)
    retention = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
    place.client.put_object_retention(Bucket=place.bucket, Key=f"{place.prefix}/{locked}", Retention=retention)
    done = remove(place.open())
    assert (done.files, done.locked, done.kept, done.problems) == (1, [locked], [], [])
    assert data(place) == before[1:]
    assert [one[0] for one in check(place.open())] == ["removed-by-retention"]

    time.sleep(max(0.0, (until - datetime.now(timezone.utc)).total_seconds()) + 1)
    done = remove(place.open())
    assert (done.files, done.locked, done.problems) == (3, [], [])
    assert data(place) == before[4:]
    assert [one[0] for one in check(place.open())] == ["removed-by-retention"] * 2


def test_a_legal_hold_is_a_lock(new_place: Callable[..., BucketPlace]) -> None:
    place = new_place("locked")
    fill(place.open())
    before = data(place)
    place.client.put_object_legal_hold(Bucket=place.bucket, Key=f"{place.prefix}/{before[0]}", LegalHold={"Status": "ON"})
    done = remove(place.open())
    assert (done.files, done.locked) == (0, [before[0]]) and data(place) == before


def test_nothing_of_an_archive_with_a_lock_on_all_that_is_committed_goes(new_place: Callable[..., BucketPlace]) -> None:
    place = new_place("locked", s3_object_lock_days=2)
    fill(place.open())
    before = place.objects()
    done = remove(place.open())
    assert (done.files, len(done.locked)) == (0, 1)
    assert place.objects() == before
    assert check(place.open()) == []
