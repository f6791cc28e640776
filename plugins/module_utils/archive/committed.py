# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data files of a date that commits name: what else lies there is a left-over or a living writer's."""

from __future__ import annotations

from contextlib import closing
from typing import Any, Iterator

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import Chain
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.block import Block, committed_blocks
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.decoding import is_whole
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.encoding import read_blocks
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, extension_of, parse_data, start_of


class Committed:
    """Looks up what is committed. Commits never change, so each is read once."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._entries: dict[int, dict[str, dict[str, Any]]] = {}

    def entry(self, key: str, sequence: int) -> dict[str, Any] | None:
        """What commit C{sequence} (which exists) says of a data file, if it names it."""
        if sequence not in self._entries:
            commit = self._chain.read(sequence).commit
            self._entries[sequence] = {entry["key"]: entry for entry in commit["data"]}
        return self._entries[sequence].get(key)

    def files(self, date: str, head_sequence: int) -> list[dict[str, Any]]:
        """The entries (key, sha256, bytes, records, ...) of a date's files, up to a commit."""
        found = []
        for key, _size in self._chain.store.list(self._chain.stream.date_prefix(date)):
            name = parse_data(key)
            if name is not None and name.sequence <= head_sequence:
                entry = self.entry(key, name.sequence)
                if entry is not None:
                    found.append(entry)
        return found

    def leftovers(self, since: str, head_sequence: int) -> list[str]:
        """Keys of files, from a date on, that can't be committed any more: their commit exists and does not name them.

        Files of a later sequence may belong to a living writer and are not listed.
        """
        found = []
        stream = self._chain.stream
        for key, _size in self._chain.store.list(stream.data_prefix(), stream.date_prefix(since)):
            name = parse_data(key)
            if name is not None and 0 < name.sequence <= head_sequence and self.entry(key, name.sequence) is None:
                found.append(key)
        return found

    def blocks(self, entry: dict[str, Any]) -> Iterator[Block]:
        """The records of a committed file. @raise ArchiveError: names the file that can't be read."""
        try:
            with closing(self._chain.store.open(entry["key"])) as stream:
                yield from committed_blocks(read_blocks(extension_of(entry["key"]), stream))
        except ArchiveError as exc:
            raise ArchiveError(f"{entry['key']}: {exc.message}", exc.hint, key=entry["key"]) from exc


def span_of(entry: dict[str, Any], date: str) -> tuple[int, int]:
    """The start times of a file's first and last record; another writer's entry may not state them: then the whole date."""
    start = start_of(date)
    first: Any = entry.get("first")
    last: Any = entry.get("last")
    return first if is_whole(first) else start, last if is_whole(last) else start + DAY_MS - 1
