# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked at of many records at once, field by field: counting columns costs a fraction of counting records."""

from __future__ import annotations

from bisect import bisect_left
from itertools import islice, repeat
from operator import le
from typing import Any, Iterable, Iterator, Mapping, NamedTuple, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.weights import Amounts, amount_of, weights_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import HOUR_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.record_key import key_of_record

KEY = ("start_time", "log_id")
NUMBERS = ("bytes", "packets")
TEXTS = ("direction", "app", "protocol", "src_ip", "dst_ip", "dst_port", "dst_host")


class Sums:
    """What some records add to a summary. A text that no record has may be left out."""

    def __init__(self, times: Sequence[int], sizes: Amounts, packets: Amounts, texts: Mapping[str, Sequence[str]], without_numbers: int = 0) -> None:
        self.records = len(times)
        self.without_numbers = without_numbers  #: records whose bytes or packets are no number: they add 0
        self._times = times
        self._weights = weights_of(sizes)
        self._packets = packets
        self._texts = texts

    def by_hour(self) -> Iterator[tuple[int, int, int]]:
        """Start of an hour, weight, amount of packets."""
        times, weights, packets = self._times, self._weights, self._packets.counts
        if not all(map(le, times, islice(times, 1, None))):
            order = sorted(range(len(times)), key=times.__getitem__)
            times, weights, packets = ([column[at] for at in order] for column in (times, weights, packets))
        at = 0
        while at < len(times):
            hour = times[at] - times[at] % HOUR_MS
            end = bisect_left(times, hour + HOUR_MS, at)
            yield hour, sum(weights[at:end]), sum(packets[at:end]) * self._packets.step
            at = end

    def by_value(self, name: str) -> tuple[Iterable[str], Iterable[int]]:
        """A field of each record, empty for null, and the record's weight."""
        return self._texts.get(name) or repeat("", self.records), self._weights


class Columns(NamedTuple):
    """Some records, in their order."""

    times: Sequence[int]
    log_ids: Sequence[str]
    sums: Sums | None = None  #: None where they were not asked for


def columns_of(records: Sequence[Any], summed: bool) -> Columns:
    """The columns of decoded records, whatever their fields hold (fractions as Decimal where they are to be summed).

    @raise ArchiveError: one is not a record.
    """
    keys = [key_of_record(record) for record in records]
    times, log_ids = [key[0] for key in keys], [key[1] for key in keys]
    if not summed:
        return Columns(times, log_ids)
    found = [[amount_of(record.get(name)) for record in records] for name in NUMBERS]
    without_numbers = sum(None in numbers for numbers in zip(*found))
    sizes, packets = (Amounts([amount or 0 for amount in amounts], 1) for amounts in found)
    texts = {name: [_text(record.get(name)) for record in records] for name in TEXTS}
    return Columns(times, log_ids, Sums(times, sizes, packets, texts, without_numbers))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
