# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of commits of one stream: each names the one before it by key and SHA-256.

A commit is stored as JSON with sorted keys, separators C{,} and C{:}, in UTF-8, and one line end after it; a lone
surrogate (not UTF-8) stays a C{\\u} escape. Its SHA-256 is over all stored bytes; the newest one's is the stream's head.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Iterator, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import coverage
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.decoding import decode, is_whole
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, CommitConflict
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import LAST_MS, Stream, parse_commit
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import Store

FORMAT = "cloudaudit.huaweicloud/commit/1"
_CHANGED = "Verify the archive; restore the commit from a copy, or go on in a new archive."


class Head(NamedTuple):
    """A commit and its place in the chain. The newest one's SHA-256 is to be written down elsewhere."""

    sequence: int
    key: str
    sha256: str
    commit: dict[str, Any]


def canonical(value: Any) -> bytes:
    """The one way to write evidence as bytes (what a signature is over)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace")


def document(value: Any) -> bytes:
    """The stored bytes of a piece of evidence."""
    return canonical(value) + b"\n"


def parse(data: bytes, key: str) -> dict[str, Any]:
    """Decode and check the shape of a commit. @raise ArchiveError: says what is wrong with it."""
    try:
        commit = decode(data)
    except (ValueError, RecursionError):
        raise ArchiveError(f"{key} is not JSON.", _CHANGED, key=key) from None
    wrong = _fault(commit)
    if wrong:
        raise ArchiveError(f"{key} is not a commit of format 1: {wrong}.", _CHANGED, key=key)
    try:
        coverage.check(commit["coverage"])
    except ArchiveError as exc:
        raise ArchiveError(f"{key}: {exc.message}", exc.hint, key=key) from None
    place = parse_commit(key)
    if place is None:
        raise ArchiveError(f"{key} is not the place of a commit.", _CHANGED, key=key)
    stream, sequence = place
    if commit["sequence"] != sequence:
        raise ArchiveError(f"{key} says that it is commit {commit['sequence']}.", _CHANGED, key=key)
    if tuple(commit["stream"].get(name) for name in Stream._fields) != tuple(stream):
        raise ArchiveError(f"{key} speaks of another stream.", _CHANGED, key=key)
    return commit


def _fault(commit: Any) -> str | None:
    if not isinstance(commit, dict):
        return "it is not an object"
    if commit.get("format") != FORMAT:
        return f"its format is {commit.get('format')!r:.80}"
    for name, kind in (("sequence", int), ("created", int), ("stream", dict), ("data", list), ("windows", list), ("coverage", list), ("days", list)):
        if not isinstance(commit.get(name), kind) or isinstance(commit[name], bool):
            return f"'{name}' is missing or of a wrong type"
    previous = commit.get("previous")
    if (previous is None) != (commit["sequence"] == 1) or not (previous is None or _names(previous, "key", "sha256")):
        return "'previous' is missing or of a wrong type"
    for entry in commit["data"]:
        if not _names(entry, "key", "sha256") or not is_whole(entry.get("bytes")) or not is_whole(entry.get("records")):
            return "an entry of 'data' is incomplete"
    if not all(_names(entry, "key", "sha256") for entry in commit["days"]):
        return "an entry of 'days' is incomplete"
    removed, before = commit.get("removed", []), commit.get("removed_before")
    if not isinstance(removed, list) or not all(_names(entry, "key", "sha256", "reason") and is_whole(entry.get("records")) for entry in removed):
        return "an entry of 'removed' is incomplete"
    if (removed and before is None) or not (before is None or (is_whole(before) and 0 <= before <= LAST_MS)):
        return "'removed_before' is missing or of a wrong type"
    for window in commit["windows"]:
        if not isinstance(window, dict) or not all(is_whole(window.get(name)) for name in ("start", "end", "added", "records")):
            return "an entry of 'windows' is incomplete"
        if not 0 <= window["start"] < window["end"] <= LAST_MS or not 0 <= window["added"] <= window["records"]:
            return "an entry of 'windows' contradicts itself"
    return None


def _names(entry: Any, *names: str) -> bool:
    return isinstance(entry, dict) and all(isinstance(entry.get(name), str) for name in names)


class Chain:
    """Reads and appends the commits of one stream."""

    def __init__(self, store: Store, stream: Stream) -> None:
        self.store = store
        self.stream = stream

    def head(self) -> Head | None:
        """The newest commit, found in two listings; None before the first."""
        prefix = self.stream.commits_prefix()
        for folder in reversed(self.store.folders(prefix)):  # a killed run can leave the newest folder empty
            found = [parse_commit(key) for key, _size in self.store.list(f"{prefix}{folder}/")]
            sequences = [place[1] for place in found if place is not None]
            if sequences:
                return self.read(max(sequences))
        return None

    def read(self, sequence: int) -> Head:
        """One commit. @raise ObjectMissing: it is not there. @raise ArchiveError: it is not a commit."""
        key = self.stream.commit_key(sequence)
        data = self.store.read(key)
        return Head(sequence, key, hashlib.sha256(data).hexdigest(), parse(data, key))

    def commits(self, oldest_first: bool = False) -> Iterator[Head]:
        """All commits, each proven to be the one that its follower names. @raise ArchiveError: the chain is broken."""
        head = self.head()
        if head is None:
            return
        order = range(1, head.sequence + 1) if oldest_first else range(head.sequence, 0, -1)
        before: Head | None = None
        for sequence in order:
            this = self.read(sequence)
            if before is not None:
                older, newer = (before, this) if oldest_first else (this, before)
                check_link(older, newer)
            yield this
            before = this

    def append(self, body: dict[str, Any]) -> Head:
        """Add a commit; its C{sequence} decides between writers. @raise CommitConflict: another one was first."""
        key = self.stream.commit_key(body["sequence"])
        data = document(body)
        parse(data, key)
        if not self.store.create(key, data):
            raise CommitConflict(f"{key} was written by another run meanwhile.", "Go on from that commit.", key=key)
        return Head(body["sequence"], key, hashlib.sha256(data).hexdigest(), body)


def link_to(head: Head | None) -> dict[str, str] | None:
    """What the commit after C{head} says in C{previous}."""
    return None if head is None else {"key": head.key, "sha256": head.sha256}


def check_link(older: Head, newer: Head) -> None:
    """@raise ArchiveError: the newer commit does not follow the older one."""
    if newer.commit["previous"] != link_to(older):
        raise ArchiveError(f"The chain is broken: {newer.key} does not follow {older.key} as it is now.", _CHANGED, key=older.key)
