# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one archive in an object store must do that no folder asks of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, CloudAuditError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store import s3_uploading
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import ObjectMissing, open_store
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import NOW, STREAM, check, records, run
from places import BucketPlace
from proxy import Proxy

KINDS = ("plain", "versioned", "locked")
KEY = STREAM.data_key("2026-09-20", 1, 0, "0" * 64, "jsonl.gz")


def put(place: BucketPlace, key: str, data: bytes) -> None:
    store = place.open()
    with store.workspace() as folder:
        path = os.path.join(folder, "file")
        with open(path, "wb") as stream:
            stream.write(data)
        store.put(key, path)


@pytest.mark.parametrize("kind", KINDS)
def test_objects_come_back(new_place: Callable[..., BucketPlace], kind: str) -> None:
    place = new_place(kind)
    store = place.open()
    with pytest.raises(ArchiveError, match="no archive at"):
        store.require()
    put(place, "data/a=1/x%2F.gz", b"one")
    put(place, "data/a=1/x%2F.gz", b"two")
    assert store.create("evidence/b", b"") is True
    store.require()
    assert store.read("data/a=1/x%2F.gz") == b"two" and store.read("evidence/b") == b""
    assert list(store.list("")) == [("data/a=1/x%2F.gz", 3), ("evidence/b", 0)]
    assert store.folders("") == ["data", "evidence"] and store.folders("data/") == ["a=1"] and store.folders("no/") == []
    store.delete("data/a=1/x%2F.gz")
    store.delete("data/a=1/x%2F.gz")
    assert not store.exists("data/a=1/x%2F.gz") and store.exists("evidence/b")
    with pytest.raises(ObjectMissing, match="data/a=1"):
        store.read("data/a=1/x%2F.gz")


@pytest.mark.parametrize("kind", KINDS)
def test_of_many_creators_one_succeeds(new_place: Callable[..., BucketPlace], kind: str) -> None:
    place = new_place(kind)
    stores = [place.open() for _number in range(8)]
    for number in range(5):
        with ThreadPoolExecutor(8) as pool:
            done = list(pool.map(lambda store, key, one: store.create(key, b"%d" % one), stores, [f"evidence/{number}"] * 8, range(8)))
        assert sum(done) == 1
        assert place.open().read(f"evidence/{number}") == b"%d" % done.index(True)
        versions = place.client.list_object_versions(Bucket=place.bucket, Prefix=f"{place.prefix}/evidence/{number}")["Versions"]
        assert len(versions) == 1


def test_listings_of_more_than_a_page(new_place: Callable[..., BucketPlace]) -> None:
    place = new_place("plain")
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: place.client.put_object(Bucket=place.bucket, Key=f"{place.prefix}/data/{number:05d}/x", Body=b""), range(1100)))
    assert [key for key, _size in place.open().list("data/")] == [f"data/{number:05d}/x" for number in range(1100)]
    assert place.open().folders("data/") == [f"{number:05d}" for number in range(1100)]


@pytest.mark.parametrize("kind", ["plain", "versioned"])
def test_a_created_object_whose_answer_was_lost_is_known_as_our_own(new_place: Callable[..., BucketPlace], proxy: Proxy, kind: str) -> None:
    place = new_place(kind, s3_endpoint_url=proxy.endpoint)
    store = place.open()
    assert store.create("evidence/first", b"") is True
    proxy.fail_next = ["lost"] if kind == "plain" else ["", "lost"]  # where writers take turns, the claim goes first
    assert store.create("evidence/x", b"mine") is True
    assert not proxy.fail_next
    assert store.create("evidence/x", b"mine") is False
    assert place.objects()["evidence/x"] == b"mine"


def test_a_writer_that_died_in_its_turn_blocks_until_its_claim_ends(
    new_place: Callable[..., BucketPlace], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store import s3_creating

    place = new_place("versioned")
    store = place.open()
    store.create("evidence/first", b"")
    monkeypatch.setattr(s3_creating.Creator, "_withdraw", lambda self, claim, version: None)
    assert store.create("evidence/x", b"1")
    store.delete("evidence/x")  # as if the writer had died before it wrote
    monkeypatch.undo()
    monkeypatch.setattr(s3_creating, "_PATIENCE", 1.0)
    with pytest.raises(ArchiveError, match="Other writers hold"):
        place.open().create("evidence/x", b"2")
    monkeypatch.setattr(s3_creating, "_LEASE", timedelta(seconds=0))
    assert place.open().create("evidence/x", b"2")


def test_a_large_file_goes_up_in_parts_and_an_interrupted_one_leaves_nothing(
    new_place: Callable[..., BucketPlace], proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_uploading, "PART_BYTES", 5 << 20)
    place = new_place("plain", s3_endpoint_url=proxy.endpoint)
    data = os.urandom((12 << 20) + 5)
    place.open().create("evidence/first", b"")
    proxy.error_rate = 0.2
    put(place, KEY, data)
    proxy.error_rate = 0
    assert place.objects()[KEY] == data
    assert place.client.head_object(Bucket=place.bucket, Key=f"{place.prefix}/{KEY}")["ETag"].endswith('-3"')
    other = KEY.replace("-000-", "-001-")
    proxy.fail_next = ["", "", *["500"] * 8]
    with pytest.raises(ArchiveError, match="status 500"):
        put(place, other, data)
    assert not place.open().exists(other)
    assert "Uploads" not in place.client.list_multipart_uploads(Bucket=place.bucket, Prefix=f"{place.prefix}/{other}")


def test_parts_that_a_killed_run_left_are_removed_once_they_are_a_day_old(
    new_place: Callable[..., BucketPlace], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = new_place("plain")
    foreign = f"{place.prefix}/data/of-somebody-else"
    for key in (f"{place.prefix}/{KEY}", foreign):
        place.client.create_multipart_upload(Bucket=place.bucket, Key=key)
    place.open().create("evidence/x", b"")
    assert len(place.client.list_multipart_uploads(Bucket=place.bucket, Prefix=place.prefix)["Uploads"]) == 2
    monkeypatch.setattr(s3_uploading, "_STALE", timedelta(seconds=-1))
    place.open().create("evidence/y", b"")
    left = place.client.list_multipart_uploads(Bucket=place.bucket, Prefix=place.prefix)["Uploads"]
    assert [upload["Key"] for upload in left] == [foreign]


def test_reading_goes_on_where_it_broke(new_place: Callable[..., BucketPlace], proxy: Proxy) -> None:
    place = new_place("plain", s3_endpoint_url=proxy.endpoint)
    data = os.urandom(3_000_001)
    put(place, KEY, data)
    proxy.error_rate, proxy.kinds = 0.3, ("cut", "drop", "500")
    for _again in range(5):
        assert place.open().read(KEY) == data
    with place.open().open(KEY) as stream:
        stream.seek(-7, os.SEEK_END)
        assert (stream.read(3), stream.tell(), stream.read()) == (data[-7:-4], len(data) - 4, data[-4:])


def test_an_object_replaced_while_it_is_read_is_not_read_as_one(new_place: Callable[..., BucketPlace]) -> None:
    place = new_place("plain")
    put(place, KEY, b"1" * 1000)
    with place.open().open(KEY) as stream:
        stream.read(10)
        put(place, KEY, b"2" * 1000)
        stream.seek(500)
        with pytest.raises(ArchiveError, match="replaced while it was read"):
            stream.read(10)


def test_what_is_committed_is_locked_and_a_killed_run_s_commit_by_the_next(new_place: Callable[..., BucketPlace]) -> None:
    place = new_place("locked", s3_object_lock_days=2)
    some = records(100)
    run(open_store(place.archive, **{**place.options, "s3_object_lock_days": 0}), some[:50])  # ended before it came to locking
    run(place.open(), some, now=NOW + 1)
    run(place.open(), some, now=NOW + 2)
    expected = datetime.now(timezone.utc) + timedelta(days=2)
    keys = list(place.objects())
    assert len(keys) > 3
    for key in keys:
        found = place.client.head_object(Bucket=place.bucket, Key=f"{place.prefix}/{key}")
        assert found["ObjectLockMode"] == "COMPLIANCE"
        assert abs(found["ObjectLockRetainUntilDate"] - expected) < timedelta(minutes=5)
        with pytest.raises(place.client.exceptions.ClientError, match="AccessDenied"):
            place.client.delete_object(Bucket=place.bucket, Key=f"{place.prefix}/{key}", VersionId=found["VersionId"])
    assert check(place.open()) == []


def test_a_bucket_that_locks_everything_at_once_will_do(new_place: Callable[..., BucketPlace], client: Any) -> None:
    client.create_bucket(Bucket="worm", ObjectLockEnabledForBucket=True)
    client.put_object_lock_configuration(
        Bucket="worm",
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}},
    )
    place = new_place("worm")
    some = records(300)
    for part in range(3):
        run(place.open(), some[: 100 * (part + 1)], now=NOW + part)
    assert check(place.open()) == []
    versions = client.list_object_versions(Bucket="worm", Prefix=f"{place.prefix}/evidence/")
    assert len(versions["Versions"]) == 3 and "DeleteMarkers" not in versions


def test_a_lock_on_a_bucket_without_is_refused_before_anything_is_written(new_place: Callable[..., BucketPlace]) -> None:
    place = new_place("plain", s3_object_lock_days=1)
    with pytest.raises(ArchiveError, match="has no object lock"):
        run(place.open(), records(10))
    assert place.objects() == {}


def test_the_store_encrypts_with_the_key_that_is_named(new_place: Callable[..., BucketPlace], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_uploading, "PART_BYTES", 5 << 20)
    place = new_place("plain", s3_server_side_encryption="aws:kms:key-for-tests")
    run(place.open(), records(100))
    put(place, KEY.replace("-000-", "-001-"), bytes(6 << 20))  # in parts
    keys = place.listed()
    assert len(keys) > 2
    for key in keys:
        found = place.client.head_object(Bucket=place.bucket, Key=f"{place.prefix}/{key}")
        assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", "key-for-tests")
    assert [one[0] for one in check(place.open())] == ["object-uncommitted"]
    with pytest.raises(ArchiveError, match="Can't write"):
        run(new_place("plain", s3_server_side_encryption="aws:kms:no-such-key").open(), records(10))


def test_a_prefix_of_something_else_is_refused(new_place: Callable[..., BucketPlace]) -> None:
    place = new_place("plain")
    place.client.put_object(Bucket=place.bucket, Key=f"{place.prefix}/precious", Body=b"")
    with pytest.raises(ArchiveError, match="not empty and not an archive"):
        run(place.open(), records(10))


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"s3_secret_key": "wrong"}, "s3_secret_key"),
        ({"s3_access_key": "wrong"}, "does not know the access key"),
        ({"s3_ca_path": None}, "s3_ca_path"),
        ({"s3_endpoint_url": "https://localhost:1"}, "Could not connect"),
    ],
)
def test_errors_are_one_line_that_says_what_to_do(new_place: Callable[..., BucketPlace], wrong: dict[str, Any], says: str) -> None:
    place = new_place("plain", **wrong)
    started = time.monotonic()
    with pytest.raises(CloudAuditError, match=says) as caught:
        run(place.open(), records(10))
    assert time.monotonic() - started < 60
    assert "\n" not in str(caught.value) and place.archive in str(caught.value)
    assert "s3_secret_key" in wrong or place.options["s3_secret_key"] not in str(caught.value)


def test_a_missing_bucket_is_told(new_place: Callable[..., BucketPlace]) -> None:
    with pytest.raises(ArchiveError, match="NoSuchBucket.*bucket's name"):
        run(new_place("nowhere").open(), records(10))
