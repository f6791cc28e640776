# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive in an object store: C{s3://bucket/prefix} on OBS, Ceph, AWS and others that speak S3.

It works on buckets with versions and with object lock, where nothing can be rewritten or removed: C{put} then makes a
new version of equal bytes, C{delete} hides an object, and neither ever concerns what is committed.
"""

from __future__ import annotations

import os
import stat
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO, Iterator, List, Mapping, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.interface import OWN, Store, checked_key
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import EVIDENCE
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_client import (
    BotoCoreError,
    ClientError,
    check_options,
    code_of,
    connect,
    fail,
)
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_creating import Creator
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_place import parse_location
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_reading import open_object
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_uploading import remove_stale_uploads, upload
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.workspace import claim

_UPLOADS = 4  # at once, by each caller
_Names = List[str]  # inside the store, 'list' is one of its verbs


class S3Store(Store):
    """Files on their way in wait in a private folder of this machine (C{TMPDIR})."""

    def __init__(self, location: str, options: Mapping[str, Any]) -> None:
        self._place = parse_location(location)
        settled = check_options(options)
        self.location = str(self._place)
        self._client = connect(settled)
        self._encryption = _encryption(settled.get("s3_server_side_encryption"))
        self._lock_days: int = settled.get("s3_object_lock_days", 0)
        self._creator = Creator(self._client, lambda: connect(settled, once=True), self._place, self._encryption)
        self._ready = False
        self._preparing = threading.Lock()

    # -- reading

    def require(self) -> None:
        for _key in self._pages(EVIDENCE, MaxKeys=1):
            return
        raise ArchiveError(
            f"There is no archive at {self.location}: nothing lies below 'evidence'.", "Check bucket, prefix and s3_endpoint_url.", path=self.location
        )

    def open(self, key: str) -> BinaryIO:
        return open_object(self._client, self._place, checked_key(key))

    def exists(self, key: str) -> bool:
        return self._head(key) is not None

    def list(self, prefix: str, start: str = "") -> Iterator[tuple[str, int]]:
        # a marker is not listed itself: begin at what precedes the key, and leave out what comes before it
        marker = {"Marker": self._place.prefix + start[:-1]} if len(start) > len(prefix) + 1 else {}
        for page in self._pages(prefix, **marker):
            for found in page.get("Contents", ()):
                key = found["Key"][len(self._place.prefix):]
                if key >= start and not key.startswith(OWN):
                    yield key, found["Size"]

    def folders(self, prefix: str) -> _Names:
        start = len(self._place.prefix) + len(prefix)
        names = [found["Prefix"][start:-1] for page in self._pages(prefix, Delimiter="/") for found in page.get("CommonPrefixes", ())]
        return [name for name in names if prefix or name + "/" != OWN]

    def _pages(self, prefix: str, **more: Any) -> Iterator[dict[str, Any]]:
        """Listings in the older form, which all stores know. A page without keys is not given."""
        try:
            pages = self._client.get_paginator("list_objects").paginate(
                Bucket=self._place.bucket, Prefix=self._place.prefix + checked_key(prefix), **more
            )
            for page in pages:
                if page.get("Contents") or page.get("CommonPrefixes"):
                    yield page
        except (BotoCoreError, ClientError) as exc:
            fail("list", f"{self.location}/{prefix}", exc)

    # -- writing

    def put(self, key: str, path: str) -> None:
        self._prepare()
        upload(self._client, self._place, checked_key(key), path, self._encryption)
        os.unlink(path)

    def put_many(self, files: Sequence[tuple[str, str]]) -> None:
        if len(files) < 2:
            for key, path in files:
                self.put(key, path)
            return
        with ThreadPoolExecutor(min(_UPLOADS, len(files))) as pool:
            for upload_done in [pool.submit(self.put, key, path) for key, path in files]:
                upload_done.result()

    def create(self, key: str, data: bytes) -> bool:
        self._prepare()
        return self._creator.create(checked_key(key), data)

    def delete(self, key: str) -> None:
        try:
            self._client.delete_object(**self._target(key))
        except (BotoCoreError, ClientError) as exc:
            fail("remove", f"{self.location}/{key}", exc)

    def is_locked(self, key: str) -> bool:
        """By the store's clock. Where the key may not see locks there is none to be seen."""
        found = self._head(key)
        if found is None:
            return False
        until: datetime | None = found.get("ObjectLockRetainUntilDate")
        now = parsedate_to_datetime(found["ResponseMetadata"]["HTTPHeaders"]["date"])
        return found.get("ObjectLockLegalHoldStatus") == "ON" or (until is not None and until > now)

    def protect(self, keys: Sequence[str]) -> None:
        """The last key is the commit's: once it is locked, all that it names are."""
        if not self._lock_days or not keys:
            return
        key = keys[-1]
        try:
            if "ObjectLockRetainUntilDate" in self._client.head_object(**self._target(key)):
                return
            until = datetime.now(timezone.utc) + timedelta(days=self._lock_days)
            for key in keys:
                self._client.put_object_retention(**self._target(key), Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until})
        except (BotoCoreError, ClientError) as exc:
            fail("lock", f"{self.location}/{key}", exc)

    @contextmanager
    def workspace(self) -> Iterator[str]:
        self._prepare()
        try:
            folder = claim(_private_folder())
        except OSError as exc:
            raise ArchiveError(
                f"Can't make a work folder in {tempfile.gettempdir()}: {exc.strerror or exc}.",
                "Records wait there before they go up: make room there, or name another place in TMPDIR.",
                path=tempfile.gettempdir(),
            ) from exc
        try:
            yield folder.path
        finally:
            folder.remove()

    def _prepare(self) -> None:
        """Once a run: see that the place is an archive's or empty, that it can be written, and what the store can do."""
        with self._preparing:
            if self._ready:
                return
            self._check_place()
            if self._lock_days:
                self._check_lock()
            self._creator.probe()
            remove_stale_uploads(self._client, self._place)
            self._ready = True

    def _check_place(self) -> None:
        names: set[str] = set()
        for page in self._pages("", Delimiter="/"):
            names.update(found["Key"][len(self._place.prefix):] for found in page.get("Contents", ()))
            names.update(found["Prefix"][len(self._place.prefix):] for found in page.get("CommonPrefixes", ()))
            if {OWN, EVIDENCE} & names:
                return  # what a store makes first is the sign of an archive that is only beginning
        if names - {""}:
            raise ArchiveError(
                f"{self.location} is not empty and not an archive (nothing lies below 'evidence').",
                "Name an empty or a new prefix: an archive shares its prefix with nothing else.",
                path=self.location,
            )

    def _check_lock(self) -> None:
        try:
            self._client.get_object_lock_configuration(Bucket=self._place.bucket)
        except ClientError as exc:
            if code_of(exc) in ("ObjectLockConfigurationNotFoundError", "404", "NoSuchObjectLockConfiguration"):
                raise ArchiveError(
                    f"The bucket {self._place.bucket} has no object lock, and s3_object_lock_days asks for it.",
                    "Object lock is chosen when a bucket is made: take a bucket that has it, or leave out s3_object_lock_days.",
                    path=self.location,
                ) from None
            fail("read the object lock of", self.location, exc)
        except BotoCoreError as exc:
            fail("read the object lock of", self.location, exc)

    def _head(self, key: str) -> dict[str, Any] | None:
        """What the store says of an object; None where there is none."""
        try:
            found: dict[str, Any] = self._client.head_object(**self._target(key))
        except ClientError as exc:
            if code_of(exc) in ("404", "NoSuchKey"):
                return None
            fail("look for", f"{self.location}/{key}", exc)
        except BotoCoreError as exc:
            fail("look for", f"{self.location}/{key}", exc)
        return found

    def _target(self, key: str) -> dict[str, str]:
        return {"Bucket": self._place.bucket, "Key": self._place.prefix + checked_key(key)}


def _encryption(option: str | None) -> dict[str, str]:
    if not option:
        return {}
    algorithm, _colon, key = option.partition("kms:")
    if not key:
        return {"ServerSideEncryption": option}
    return {"ServerSideEncryption": algorithm + "kms", "SSEKMSKeyId": key}


def _private_folder() -> str:
    """One folder of this user for all runs: so that the next run finds what a killed one left."""
    path = os.path.join(tempfile.gettempdir(), f"cloudaudit-huaweicloud-{os.getuid()}")
    try:
        os.mkdir(path, 0o700)
        os.chmod(path, 0o700)
    except FileExistsError:
        found = os.lstat(path)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) != 0o700:
            raise ArchiveError(f"{path} is not a private folder of this user.", "Remove it, or name another place in TMPDIR.", path=path) from None
    return path
