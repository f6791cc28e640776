# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An object of an object store as a stream: a connection that breaks in the middle is taken up where it broke."""

from __future__ import annotations

import io
import time
from typing import Any, BinaryIO, cast

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.interface import ObjectMissing
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_client import BotoCoreError, ClientError, code_of, fail
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_place import Place

_TRIES = 6


class ObjectStream(io.RawIOBase):
    """Reads one object, always the version that it began with. Seeking costs nothing; the next read asks anew."""

    def __init__(self, client: Any, place: Place, key: str) -> None:
        super().__init__()
        self._client = client
        self._place = place
        self._key = key
        self._at = 0
        self._etag: str | None = None
        self._body: Any = None
        self._request()
        self.size: int = self._size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        at = offset + (0 if whence == io.SEEK_SET else self._at if whence == io.SEEK_CUR else self.size)
        if at < 0:
            raise ValueError(f"seek to {at}")
        if at != self._at:
            self._drop()
            self._at = at
        return at

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return self.readall()
        for wait in range(_TRIES):
            if self._at >= self.size or size == 0:
                return b""
            try:
                if self._body is None:
                    self._request()
                data: bytes = self._body.read(size)
                if not data:
                    raise OSError("the connection ended early")
            except (BotoCoreError, OSError) as exc:
                if wait == _TRIES - 1:
                    fail("read", f"{self._place}/{self._key}", exc)
                self._drop()
                time.sleep(0.1 * 2**wait)
                continue
            self._at += len(data)
            return data
        raise AssertionError

    def readall(self) -> bytes:
        parts: list[bytes] = []
        while True:
            part = self.read(1 << 20)
            if not part:
                return b"".join(parts)
            parts.append(part)

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._drop()
        super().close()

    def _request(self) -> None:
        where = f"{self._place}/{self._key}"
        same = {} if self._etag is None else {"IfMatch": self._etag, "Range": f"bytes={self._at}-"}
        try:
            answer = self._client.get_object(Bucket=self._place.bucket, Key=self._place.prefix + self._key, **same)
        except ClientError as exc:
            if code_of(exc) in ("NoSuchKey", "404"):
                raise ObjectMissing(f"{self._key} is missing from {self._place}.", "Restore it from a copy of the archive.", key=self._key) from None
            if code_of(exc) in ("PreconditionFailed", "412"):
                raise ArchiveError(f"{where} was replaced while it was read.", "Find out who writes to the archive, and read it again.") from None
            fail("read", where, exc)
        except BotoCoreError as exc:
            fail("read", where, exc)
        self._body = answer["Body"]
        if self._etag is None:
            self._etag = answer["ETag"]
            self._size = int(answer["ContentLength"])

    def _drop(self) -> None:
        """Leave the connection: an answer that is not read to its end can't be followed by another."""
        if self._body is not None:
            self._body.close()
            self._body = None


def open_object(client: Any, place: Place, key: str) -> BinaryIO:
    """@raise ObjectMissing: it is not there. @raise ArchiveError: it can't be read."""
    return cast(BinaryIO, ObjectStream(client, place, key))
