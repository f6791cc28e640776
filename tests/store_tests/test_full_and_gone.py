# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places that are full, read-only or gone: one line that says what to do, nothing committed harmed, the next run goes on."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError
from ceph import Ceph
from places import BucketPlace, FolderPlace, plain_client
from runs import run
from test_kills_and_meetings import assert_is_the_truth

from simulator import Simulator

pytestmark = pytest.mark.usefixtures("still_clock")
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")


def failure(simulator: Simulator, place: Any, **changes: Any) -> str:
    """The message of a run that fails: for all streams, or at once."""
    try:
        errors = {stream["error"] for stream in run(simulator.options(), place.archive, place.options, **changes)["streams"]}
    except CloudAuditError as exc:
        errors = {str(exc)}
    assert None not in errors
    assert all("\n" not in error for error in errors)
    return " ".join(errors)


def committed_first(simulator: Simulator, place: Any) -> dict[str, bytes]:
    """A first commit of the older half; what it is must not change any more."""
    end = str(simulator.now() - 86_400_000)
    result = run(simulator.options(), place.archive, place.options, end_time=end)
    assert [stream["error"] for stream in result["streams"]] == [None, None]
    objects: dict[str, bytes] = place.objects()
    return objects


def assert_unharmed_and_completed(simulator: Simulator, place: Any, before: dict[str, bytes]) -> None:
    result = run(simulator.options(), place.archive, place.options)
    assert [stream["error"] for stream in result["streams"]] == [None, None]
    objects = place.objects()
    assert {key: objects.get(key) for key in before} == before
    assert_is_the_truth(place, simulator)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@ROOT_ONLY
def test_a_full_disk(simulator: Simulator, small_disk: Path) -> None:
    place = FolderPlace(small_disk / "archive")
    before = committed_first(simulator, place)
    filler = small_disk / "filler"
    room = os.statvfs(small_disk)
    filler.write_bytes(b"x" * (room.f_bavail * room.f_frsize - 200_000))
    message = failure(simulator, place)
    assert "No space left" in message and "run again" in message
    filler.unlink()
    assert_unharmed_and_completed(simulator, place, before)


@ROOT_ONLY
def test_a_full_disk_for_files_on_their_way_to_a_bucket(
    simulator: Simulator, small_disk: Path, new_place: Callable[..., BucketPlace], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = new_place("plain")
    before = committed_first(simulator, place)
    monkeypatch.setattr("tempfile.tempdir", str(small_disk))
    (small_disk / "filler").write_bytes(b"x" * ((4 << 20) - 200_000))
    assert "No space left" in failure(simulator, place)
    monkeypatch.undo()
    assert_unharmed_and_completed(simulator, place, before)


@ROOT_ONLY
def test_a_disk_that_became_read_only(simulator: Simulator, small_disk: Path) -> None:
    place = FolderPlace(small_disk / "archive")
    before = committed_first(simulator, place)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    message = failure(simulator, place)
    assert "Read-only" in message and "mount it for writing" in message
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert_unharmed_and_completed(simulator, place, before)


def test_a_used_up_quota(simulator: Simulator, new_place: Callable[..., BucketPlace], ceph: Ceph) -> None:
    access_key, secret_key = ceph.add_user("frugal")
    client = plain_client(ceph.endpoint, ceph.ca_path, access_key, secret_key)
    client.create_bucket(Bucket="frugal")
    place = new_place("frugal", s3_access_key=access_key, s3_secret_key=secret_key)
    place.client = client
    before = committed_first(simulator, place)
    ceph.admin("quota", "set", "--quota-scope=bucket", "--bucket=frugal", f"--max-objects={len(before) + 2}")
    ceph.admin("quota", "enable", "--quota-scope=bucket", "--bucket=frugal")
    message = failure(simulator, place)
    assert "QuotaExceeded" in message and "raise it, then run again" in message
    ceph.admin("quota", "disable", "--quota-scope=bucket", "--bucket=frugal")
    assert_unharmed_and_completed(simulator, place, before)


@pytest.mark.parametrize("when", ["before", "midway"])
def test_revoked_keys(simulator: Simulator, new_place: Callable[..., BucketPlace], ceph: Ceph, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    name = f"former-{when}"
    access_key, secret_key = ceph.add_user(name)
    client = plain_client(ceph.endpoint, ceph.ca_path, access_key, secret_key)
    client.create_bucket(Bucket=name)
    place = new_place(name, s3_access_key=access_key, s3_secret_key=secret_key)
    place.client = client
    before = committed_first(simulator, place)

    def revoke() -> None:
        ceph.admin("user", "suspend", f"--uid={name}")

    if when == "before":
        revoke()
    else:
        _at_the_first_upload(monkeypatch, revoke)
    message = failure(simulator, place)
    assert "UserSuspended" in message
    assert secret_key not in message
    ceph.admin("user", "enable", f"--uid={name}")
    assert_unharmed_and_completed(simulator, place, before)


def test_a_bucket_that_is_gone_midway(simulator: Simulator, new_place: Callable[..., BucketPlace], client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client.create_bucket(Bucket="passing")
    place = new_place("passing")

    def remove() -> None:
        for entry in client.list_objects(Bucket="passing").get("Contents", ()):
            client.delete_object(Bucket="passing", Key=entry["Key"])
        client.delete_bucket(Bucket="passing")

    _at_the_first_upload(monkeypatch, remove)
    assert "NoSuchBucket" in failure(simulator, place)
    client.create_bucket(Bucket="passing")
    assert_unharmed_and_completed(simulator, place, {})


def _at_the_first_upload(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Let something happen after all was collected and before any of it is in the store."""
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store import s3 as store_s3

    upload, left, lock = store_s3.upload, [happens], threading.Lock()

    def late(*arguments: Any) -> None:
        with lock:
            while left:
                left.pop()()
        upload(*arguments)

    monkeypatch.setattr(store_s3, "upload", late)
