# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where everything in an archive lies: the only place that spells keys and dates.

A key is relative to the archive's root, with C{/}. Dates are UTC, times epoch milliseconds.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError

DAY_MS = 86_400_000
LAST_MS = 253_402_300_800_000  #: the year 10000: dates end before it
DATA = "data/"
EVIDENCE = "evidence/"

_PARTITION = r"project_id=([^/]+)/fw_instance_id=([^/]+)/log_type=([^/]+)/"
_DATA_KEY = re.compile(r"data/" + _PARTITION + r"date=(\d{4}-\d{2}-\d{2})/(\d{9})-(\d{3})-([0-9a-f]{12})\.([a-z0-9.]+)")
_COMMIT_KEY = re.compile(r"evidence/" + _PARTITION + r"commits/(\d{6})/(\d{9})\.json")
_DAY_KEY = re.compile(r"evidence/" + _PARTITION + r"days/(\d{4}-\d{2}-\d{2})\.json")


class Stream(NamedTuple):
    """What one chain of commits is about: one kind of log of one firewall."""

    project_id: str
    fw_instance_id: str
    log_type: str

    def partition(self) -> str:
        """The hive partitions that all keys of the stream share; IDs are percent-encoded where a path needs it."""
        for name, value in zip(self._fields, self):
            if not value:
                raise ArchiveError(f"A stream needs a {name}; it is empty.", "State the firewall's project, ID and log type.")
        return "".join(f"{name}={quote(value, safe='')}/" for name, value in zip(self._fields, self))

    def data_prefix(self) -> str:
        return DATA + self.partition()

    def date_prefix(self, date: str) -> str:
        return f"{self.data_prefix()}date={date}/"

    def data_key(self, date: str, sequence: int, part: int, sha256: str, extension: str) -> str:
        if part > 999:
            raise ArchiveError(f"A commit needs more than 1,000 files for {date}.", "Collect a shorter time range in one run.")
        return f"{self.date_prefix(date)}{sequence:09d}-{part:03d}-{sha256[:12]}.{extension}"

    def evidence_prefix(self) -> str:
        return EVIDENCE + self.partition()

    def commits_prefix(self) -> str:
        return self.evidence_prefix() + "commits/"

    def thousand_prefix(self, sequence: int) -> str:
        return f"{self.commits_prefix()}{thousand(sequence)}/"

    def commit_key(self, sequence: int) -> str:
        return f"{self.thousand_prefix(sequence)}{sequence:09d}.json"

    def day_key(self, date: str) -> str:
        return f"{self.evidence_prefix()}days/{date}.json"

    def __str__(self) -> str:
        return "/".join(self)


class DataKey(NamedTuple):
    """What the name of a data file says."""

    stream: Stream
    date: str
    sequence: int
    part: int
    hash: str  #: the first 12 hex digits of its SHA-256
    extension: str


def thousand(sequence: int) -> str:
    """The folder of a commit: with it, the newest of a long chain is found in two listings."""
    return f"{sequence // 1000:06d}"


def parse_data(key: str) -> DataKey | None:
    match = _DATA_KEY.fullmatch(key)
    if match is None or not is_date(match[4]):
        return None
    return DataKey(_stream(match), match[4], int(match[5]), int(match[6]), match[7], match[8])


def extension_of(key: str) -> str:
    """The encoding that the name of a data file states; empty where it is no such name."""
    name = parse_data(key)
    return "" if name is None else name.extension


def parse_commit(key: str) -> tuple[Stream, int] | None:
    match = _COMMIT_KEY.fullmatch(key)
    if match is None or match[4] != thousand(int(match[5])):
        return None
    return _stream(match), int(match[5])


def parse_day(key: str) -> tuple[Stream, str] | None:
    match = _DAY_KEY.fullmatch(key)
    return None if match is None or not is_date(match[4]) else (_stream(match), match[4])


def _stream(match: re.Match[str]) -> Stream:
    return Stream(unquote(match[1]), unquote(match[2]), unquote(match[3]))


def date_of(time_ms: int) -> str:
    """The UTC date on which an instant lies."""
    if not 0 <= time_ms < LAST_MS:
        raise ArchiveError(f"The time {time_ms} is not a date between 1970 and 9999.", "Times are milliseconds since 1970.")
    return _date(time_ms // DAY_MS)


@lru_cache(maxsize=4096)  # the dates of ten years: an audit meets each of them for every stream
def _date(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, timezone.utc).strftime("%Y-%m-%d")


def is_date(text: str) -> bool:
    try:
        start_of(text)
    except ArchiveError:
        return False
    return True


@lru_cache(maxsize=4096)
def start_of(date: str) -> int:
    """The first millisecond of a UTC date."""
    try:
        return int(datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=timezone.utc).timestamp()) * 1000
    except ValueError:
        raise ArchiveError(f"'{date}' is not a date.", "Dates are written YYYY-MM-DD.") from None


def dates_between(start: int, end: int) -> list[str]:
    """The UTC dates that C{[start, end)} touches, ascending."""
    return [date_of(instant) for instant in range(start - start % DAY_MS, end, DAY_MS)] if end > start else []
