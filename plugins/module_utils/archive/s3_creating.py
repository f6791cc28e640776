# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates an object unless one of that name exists, on stores that can do that and on stores that can't.

C{If-None-Match: *} decides between writers where the store honours it. Some ignore it in silence: OBS documents nothing
about it, and Ceph ignores it on buckets with versions. So each run asks for it once on an object that exists.

Where it is ignored, writers take turns. Each writes a claim of its own name and then lists the claims on the key: who finds
no other may go on to look for the object and write it, who finds one takes its claim back and tries again a little later.
Of two writers at least one sees the other's claim, since each wrote before it listed: this needs a store whose listings
show what was written before, as OBS, Ceph and AWS promise. A claim counts for C{_LEASE} by the store's clock, so a killed
writer blocks for no longer; a living one sends nothing more after C{_TURN}. What this can't exclude: a request that the
network holds back for longer than the difference, and takes effect after it. Then the later commit replaces the earlier
one, which verification states (objects without a commit, or a head that is not the one known).

A lost answer is no riddle: every object says which writer made it.
"""

from __future__ import annotations

import hashlib
import random
import secrets
import time
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Callable, Mapping

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.s3_client import BotoCoreError, ClientError, code_of, fail
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.s3_place import Place
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.s3_uploading import md5_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.store_interface import OWN
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CommitConflict

_PROBE = OWN + "conditional"
_CLAIMS = OWN + "claims/"
_LEASE = timedelta(seconds=60)
_TURN = 20.0  # seconds
_PATIENCE = 300.0  # seconds
_WRITER = "writer"  # the metadata that names it
_EXISTS = ("PreconditionFailed", "412")
_BUSY = ("ConditionalRequestConflict", "409")  # AWS: two at this very moment, neither was decided


class Creator:
    """Creates objects in one place. Safe for many threads."""

    def __init__(self, client: Any, once: Callable[[], Any], place: Place, encryption: Mapping[str, str]) -> None:
        """C{once} makes a client that sends each request once: for the one that must not be sent when the turn is over."""
        self._client = client
        self._make_once = once
        self._once: Any = None
        self._place = place
        self._encryption = encryption
        self._conditional = False

    def probe(self) -> None:
        """Find out whether the store decides between writers itself. Leaves one small object per archive, whatever it finds."""
        try:
            if not self._exists(_PROBE):
                self._put(_PROBE, b"", "", False)
            self._conditional = not self._put(_PROBE, b"", secrets.token_hex(8), True)
        except (BotoCoreError, ClientError) as exc:
            if code_of(exc) not in ("NotImplemented", "501"):
                fail("write", f"{self._place}/{_PROBE}", exc)
        if not self._conditional:
            self._once = self._make_once()

    def create(self, key: str, data: bytes) -> bool:
        """Whether this call made the object. @raise ArchiveError: the store fails; it may exist nevertheless."""
        try:
            return self._put(key, data, secrets.token_hex(8), True) if self._conditional else self._in_turn(key, data)
        except (BotoCoreError, ClientError) as exc:
            fail("write", f"{self._place}/{key}", exc)

    def _put(self, key: str, data: bytes, writer: str, conditional: bool) -> bool:
        condition = {"IfNoneMatch": "*"} if conditional else {}
        while True:
            try:
                self._client.put_object(
                    **self._target(key), Body=data, ContentMD5=md5_of(data), Metadata={_WRITER: writer}, **condition, **self._encryption
                )
            except ClientError as exc:
                if code_of(exc) in _BUSY:
                    time.sleep(random.uniform(0.02, 0.2))
                    continue
                if code_of(exc) not in _EXISTS:
                    raise
                return self._is_by(key, writer)  # asked again after a lost answer, it is our own that exists
            return True

    def _is_by(self, key: str, writer: str) -> bool:
        return bool(self._client.head_object(**self._target(key))["Metadata"].get(_WRITER) == writer)

    # -- taking turns

    def _in_turn(self, key: str, data: bytes) -> bool:
        claims = _CLAIMS + hashlib.sha256(key.encode("utf-8")).hexdigest()[:32] + "/"
        writer = secrets.token_hex(8)
        given_up = time.monotonic() + _PATIENCE
        wait = 0.05
        while True:
            if self._exists(key):
                return self._is_by(key, writer)
            turn_ends = time.monotonic() + _TURN
            claim = claims + secrets.token_hex(8)
            self._put(claim, b"", writer, False)
            if self._is_alone(claims, claim):
                made = not self._exists(key) and self._put_until(turn_ends, key, data, writer)
                self._withdraw(claim)
                if made:
                    return self._is_by(key, writer)
                continue
            self._withdraw(claim)
            if time.monotonic() > given_up:
                raise CommitConflict(
                    f"Other writers hold {self._place}/{key} for more than five minutes.", "Let fewer runs write to one archive at once.", key=key
                )
            time.sleep(random.uniform(wait / 2, wait))
            wait = min(2.0, wait * 1.5)

    def _put_until(self, end: float, key: str, data: bytes, writer: str) -> bool:
        """Write within the turn; False: the turn was over before anything was sent.

        When it fails the claim stays: the store may still act on what it did not answer, so the others wait until the lease ends.
        """
        failed: Exception | None = None
        while time.monotonic() < end:
            try:
                self._once.put_object(**self._target(key), Body=data, ContentMD5=md5_of(data), Metadata={_WRITER: writer}, **self._encryption)
                return True
            except (BotoCoreError, ClientError) as exc:
                failed = exc
                if code_of(exc) and exc.response["ResponseMetadata"]["HTTPStatusCode"] < 500:  # type: ignore[union-attr]
                    break
            time.sleep(random.uniform(0.1, 0.5))
        if failed is not None:
            raise failed
        return False

    def _withdraw(self, claim: str) -> None:
        try:
            self._client.delete_object(**self._target(claim))
        except (BotoCoreError, ClientError):
            pass  # it ends by itself

    def _is_alone(self, claims: str, own: str) -> bool:
        alone = True
        for page in self._client.get_paginator("list_objects").paginate(Bucket=self._place.bucket, Prefix=self._place.prefix + claims):
            now = parsedate_to_datetime(page["ResponseMetadata"]["HTTPHeaders"]["date"])
            for found in page.get("Contents", ()):
                if found["Key"] == self._place.prefix + own:
                    continue
                if _age(found, now) > _LEASE:
                    self._client.delete_object(Bucket=self._place.bucket, Key=found["Key"])
                else:
                    alone = False
        return alone

    def _exists(self, key: str) -> bool:
        try:
            self._client.head_object(**self._target(key))
        except ClientError as exc:
            if code_of(exc) in ("404", "NoSuchKey"):
                return False
            raise
        return True

    def _target(self, key: str) -> dict[str, str]:
        return {"Bucket": self._place.bucket, "Key": self._place.prefix + key}


def _age(found: Mapping[str, Any], now: datetime) -> timedelta:
    modified: datetime = found["LastModified"]
    return now - modified
