# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates an object unless one of that name exists, on stores that can do that and on stores that can't.

C{If-None-Match: *} decides between writers where the store honours it. Some ignore it in silence: OBS documents nothing
about it, and Ceph ignores it on buckets with versions. So each run asks for it once on an object that exists. A store that
ignores it thereby replaces that object by one that says so: from then on nobody asks, and all writers take turns.

Each writes a claim of its own name and then lists the claims on the key: who finds no other may go on to look for the object
and write it. Of those who find others the one whose claim comes first by name keeps it and lists again; the rest take theirs
back and try again a little later.
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

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CommitConflict
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.interface import OWN
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_client import BotoCoreError, ClientError, code_of, fail
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_place import Place
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_uploading import md5_of

_PROBE = OWN + "conditional"
_CLAIMS = OWN + "claims/"
_LEASE = timedelta(seconds=60)
_TURN = 20.0  # seconds
_PATIENCE = 300.0  # seconds
_WRITER = "writer"  # the metadata that names it
_IGNORES = "conditions-ignored"  # the metadata of a probe that replaced another though that was to be refused
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
            self._conditional = self._is_refused_twice()
        except (BotoCoreError, ClientError) as exc:
            if code_of(exc) not in ("NotImplemented", "501"):
                fail("write", f"{self._place}/{_PROBE}", exc)
        if not self._conditional:
            self._once = self._make_once()

    def _is_refused_twice(self) -> bool:
        found = self._metadata(_PROBE)
        if found is None:
            self._client.put_object(**self._target(_PROBE), Body=b"", ContentMD5=md5_of(b""), **self._encryption)
        elif _IGNORES in found:
            return False
        return not self._put(_PROBE, b"", secrets.token_hex(8), **{_IGNORES: "yes"})

    def create(self, key: str, data: bytes) -> bool:
        """Whether this call made the object. @raise ArchiveError: the store fails; it may exist nevertheless."""
        try:
            return self._put(key, data, secrets.token_hex(8)) if self._conditional else self._in_turn(key, data)
        except (BotoCoreError, ClientError) as exc:
            fail("write", f"{self._place}/{key}", exc)

    def _put(self, key: str, data: bytes, writer: str, **more: str) -> bool:
        metadata = {_WRITER: writer, **more}
        while True:
            try:
                self._client.put_object(
                    **self._target(key), Body=data, ContentMD5=md5_of(data), Metadata=metadata, IfNoneMatch="*", **self._encryption
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
        return bool((self._metadata(key) or {}).get(_WRITER) == writer)

    # -- taking turns

    def _in_turn(self, key: str, data: bytes) -> bool:
        claims = _CLAIMS + hashlib.sha256(key.encode("utf-8")).hexdigest()[:32] + "/"
        writer = secrets.token_hex(8)
        given_up = time.monotonic() + _PATIENCE
        wait = 0.05
        while True:
            found = self._metadata(key)
            if found is not None:
                return found.get(_WRITER) == writer
            turn_ends = time.monotonic() + _TURN
            claim = claims + secrets.token_hex(8)
            version = self._claim(claim)
            if self._is_our_turn(claims, claim, turn_ends):
                made = self._metadata(key) is None and self._put_until(turn_ends, key, data, writer)
                self._withdraw(claim, version)
                if made:
                    return self._is_by(key, writer)
                continue
            self._withdraw(claim, version)
            while self._metadata(key) is None and self._others(claims, claim):
                if time.monotonic() > given_up:
                    raise CommitConflict(
                        f"Other writers hold {self._place}/{key} for more than five minutes.", "Let fewer runs write to one archive at once.", key=key
                    )
                time.sleep(random.uniform(wait / 2, wait))
                wait = min(2.0, wait * 1.5)

    def _claim(self, claim: str) -> str | None:
        """The claim's version, on a bucket with versions; None where more than one of it may be there."""
        answer = self._client.put_object(**self._target(claim), Body=b"", ContentMD5=md5_of(b""), **self._encryption)
        return None if answer["ResponseMetadata"].get("RetryAttempts") else answer.get("VersionId")

    def _is_our_turn(self, claims: str, own: str, end: float) -> bool:
        while time.monotonic() < end:
            others = self._others(claims, own)
            if not others:
                return True
            if min(others) < own:
                return False
            time.sleep(random.uniform(0.02, 0.1))
        return False

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

    def _withdraw(self, claim: str, version: str | None) -> None:
        """For good where the store allows it: listings have to pass over all that is only hidden."""
        for which in ({"VersionId": version}, {}) if version else ({},):
            try:
                self._client.delete_object(**self._target(claim), **which)
                return
            except (BotoCoreError, ClientError):
                pass  # locked, or more than we may; what stays ends by itself

    def _others(self, claims: str, own: str) -> list[str]:
        """The claims on a key that count and are not our own."""
        others = []
        for page in self._client.get_paginator("list_objects").paginate(Bucket=self._place.bucket, Prefix=self._place.prefix + claims):
            now = parsedate_to_datetime(page["ResponseMetadata"]["HTTPHeaders"]["date"])
            for found in page.get("Contents", ()):
                key = found["Key"][len(self._place.prefix):]
                if key == own:
                    continue
                if _age(found, now) > _LEASE:
                    self._withdraw(key, None)
                else:
                    others.append(key)
        return others

    def _metadata(self, key: str) -> dict[str, str] | None:
        """What an object says of itself; None: it is not there."""
        try:
            found: dict[str, str] = self._client.head_object(**self._target(key))["Metadata"]
        except ClientError as exc:
            if code_of(exc) in ("404", "NoSuchKey"):
                return None
            raise
        return found

    def _target(self, key: str) -> dict[str, str]:
        return {"Bucket": self._place.bucket, "Key": self._place.prefix + key}


def _age(found: Mapping[str, Any], now: datetime) -> timedelta:
    modified: datetime = found["LastModified"]
    return now - modified
