# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs by which all other rooms speak to an archive, whatever keeps it.

Keys are relative, with C{/}. A store promises: an object is there whole or not at all; C{create} decides between
writers; nothing that is committed is ever rewritten or removed by it. Safe for many threads and processes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, closing
from typing import BinaryIO, Iterator, List, Sequence, Tuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError

OWN = ".tmp/"  #: where a store keeps what is no part of the archive; no listing shows it
_Names = List[str]  # inside the store, 'list' is one of its verbs


class ObjectMissing(ArchiveError):
    """There is no object of that key."""


class Store(ABC):
    """Each verb raises ArchiveError, with what, where, why and what to do, for what it can't do."""

    location: str  #: as shown to people
    shared_path: str | None = None  #: where other processes of this machine find the same archive, if they do

    @abstractmethod
    def require(self) -> None:
        """Refuse a place that is not an archive: a missing one must not look like an empty one."""

    @abstractmethod
    def open(self, key: str) -> BinaryIO:
        """Read an object as a stream, unbuffered, seekable. @raise ObjectMissing: it is not there."""

    def read(self, key: str) -> bytes:
        """All bytes of an object. @raise ObjectMissing: it is not there."""
        with closing(self.open(key)) as stream:
            return stream.read()

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Whether the store has key."""

    @abstractmethod
    def list(self, prefix: str, start: str = "") -> Iterator[Tuple[str, int]]:
        """(key, bytes) of all objects under a prefix that ends in C{/} (or is empty), from the key C{start} on, ascending."""

    @abstractmethod
    def folders(self, prefix: str) -> _Names:
        """The names one level below a prefix that lead on to objects, ascending."""

    @abstractmethod
    def put(self, key: str, path: str) -> None:
        """Make the local file C{path} the object C{key}, replacing one of that name. The file is taken over."""

    @abstractmethod
    def put_many(self, files: Sequence[Tuple[str, str]]) -> None:
        """C{put} for many (key, path), in any order."""

    @abstractmethod
    def create(self, key: str, data: bytes) -> bool:
        """Make an object unless one of that name exists; says whether it did. Of many at once, one succeeds."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""

    @abstractmethod
    def is_locked(self, key: str) -> bool:
        """Whether the store keeps an object from being removed for good, for now. One that is not there is not locked."""

    @abstractmethod
    def protect(self, keys: Sequence[str]) -> None:
        """Set the retention that was asked for (if any) on the objects of one commit, whose own key is the last.

        May be called again: a commit that is protected is left as it is.
        """

    @abstractmethod
    def workspace(self) -> AbstractContextManager[str]:
        """A private folder for files on their way in. It goes when the run goes, however that ends."""


def checked_key(key: str) -> str:
    """@raise ArchiveError: it could lead out of the archive."""
    if key and any(part in ("", ".", "..") for part in key.rstrip("/").split("/")):
        raise ArchiveError(f"'{key}' is not a key of an archive.", "Keys are relative and have no '..'.", key=key)
    return key
