# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploads: each request states its C{Content-MD5}, the one checksum that all stores were seen to check.

A large file goes up in parts and becomes an object only when all are there. What a killed run leaves of it is invisible
but paid for: a failing upload removes its parts itself, a killed one's are removed by a later run.
"""

from __future__ import annotations

import base64
import hashlib
import os
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Mapping

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import parse_data
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_client import BotoCoreError, ClientError, fail
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_place import Place

PART_BYTES = 16 << 20  #: a file that is larger goes up in parts of this size
_BLOCK = 1 << 20
_STALE = timedelta(days=1)
"""When an upload in parts is taken for a killed run's. An upload takes minutes: a file of the archive has at most 512 MiB before it
is compressed, and each part fails for good after some minutes."""


class _Slice:
    """A part of a file, read as it is sent (and again, when it must be sent again)."""

    def __init__(self, path: str, start: int, length: int) -> None:
        self._file = open(path, "rb")  # pylint: disable=consider-using-with
        self._start = start
        self._length = length
        self._at = 0

    def __enter__(self) -> _Slice:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._length

    def read(self, size: int | None = -1) -> bytes:
        left = self._length - self._at
        size = left if size is None or size < 0 else min(size, left)
        self._file.seek(self._start + self._at)
        data = self._file.read(size)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + (0 if whence == os.SEEK_SET else self._at if whence == os.SEEK_CUR else self._length)
        return self._at

    def tell(self) -> int:
        return self._at

    def md5(self) -> str:
        digest = hashlib.md5(usedforsecurity=False)
        while True:
            block = self.read(_BLOCK)
            if not block:
                break
            digest.update(block)
        self.seek(0)
        return base64.b64encode(digest.digest()).decode("ascii")


def md5_of(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode("ascii")


def upload(client: Any, place: Place, key: str, path: str, encryption: Mapping[str, str]) -> None:
    """Make a local file an object. @raise ArchiveError: then there is no new object, and nothing of it is left in the store."""
    target = {"Bucket": place.bucket, "Key": place.prefix + key}
    where = f"{place}/{key}"
    try:
        size = os.path.getsize(path)
        if size > PART_BYTES:
            _upload_parts(client, target, path, size, encryption)
        else:
            with _Slice(path, 0, size) as body:
                client.put_object(**target, Body=body, ContentLength=size, ContentMD5=body.md5(), **encryption)
    except (BotoCoreError, ClientError) as exc:
        fail("write", where, exc)
    except OSError as exc:
        fail(f"read {path} to write", where, exc)


def _upload_parts(client: Any, target: dict[str, str], path: str, size: int, encryption: Mapping[str, str]) -> None:
    started = client.create_multipart_upload(**target, **encryption)["UploadId"]
    try:
        parts = []
        for number, start in enumerate(range(0, size, PART_BYTES), 1):
            length = min(PART_BYTES, size - start)
            with _Slice(path, start, length) as body:
                answer = client.upload_part(
                    **target, UploadId=started, PartNumber=number, Body=body, ContentLength=length, ContentMD5=body.md5()
                )
            parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        _complete(client, target, started, parts, size)
    except BaseException:
        _abort(client, target, started)
        raise


def _complete(client: Any, target: dict[str, str], started: str, parts: list[dict[str, Any]], size: int) -> None:
    try:
        client.complete_multipart_upload(**target, UploadId=started, MultipartUpload={"Parts": parts})
    except ClientError as exc:
        # an answer that was lost: asked again, the store knows the upload no more, for it is done
        if exc.response.get("Error", {}).get("Code") != "NoSuchUpload":
            raise
        found = client.head_object(**target)
        if found["ContentLength"] != size or not found["ETag"].strip('"').endswith(f"-{len(parts)}"):
            raise


def _abort(client: Any, target: dict[str, str], started: str) -> None:
    try:
        client.abort_multipart_upload(**target, UploadId=started)
    except (BotoCoreError, ClientError):
        pass  # the error that led here says more; a later run removes the parts


def remove_stale_uploads(client: Any, place: Place) -> None:
    """Remove the parts that killed runs left: of data files of this archive, begun more than a day ago by the store's clock."""
    try:
        for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=place.bucket, Prefix=place.prefix):
            now = parsedate_to_datetime(page["ResponseMetadata"]["HTTPHeaders"]["date"])
            for found in page.get("Uploads", ()):
                if parse_data(found["Key"][len(place.prefix):]) is not None and now - found["Initiated"] > _STALE:
                    _abort(client, {"Bucket": place.bucket, "Key": found["Key"]}, found["UploadId"])
    except (BotoCoreError, ClientError) as exc:
        fail("list the unfinished uploads of", str(place), exc)
