# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a day: what reports show without reading data. One pass, in bounded memory, exact in any order.

Sums of bytes keep their fractions (the service sends for example 34.5) and are rounded to the nearest double once, at the end.
"""

from __future__ import annotations

import decimal
import json
from decimal import Decimal
from typing import Any, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.columns import Sums, columns_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.line_columns import column_reader
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.tally import Tally
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.weights import bytes_in, plain, records_in
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import HOUR_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import Stream, start_of

FORMAT = "cloudaudit.huaweicloud/day/1"
TOP = 20
GROUPS = ("direction", "app", "protocol")
TOPS = ("src_ip", "dst_ip", "dst_port", "dst_host")

_NO_TRAPS = decimal.Context(traps=[])
_decode = json.JSONDecoder(parse_float=Decimal).decode


class Summary:
    """Counts records, in any order."""

    def __init__(self) -> None:
        self.records = 0
        self.without_numbers = 0
        self._hours: dict[int, tuple[int, int]] = {}  # by start: weight, amount of packets
        self.groups = {name: Tally(with_empty=True) for name in GROUPS}
        self.tops = {name: Tally(with_empty=False) for name in TOPS}
        self._read = column_reader(summed=True)

    def add_lines(self, lines: Sequence[bytes]) -> None:
        """Count lines of JSON. @raise ArchiveError: one is not a record."""
        if not lines:
            return
        columns = self._read(b"\n".join([*lines, b""])) or columns_of(_decoded(lines), summed=True)
        if columns.sums is None:
            raise ValueError("sums were asked for")
        self.add(columns.sums)

    def add(self, sums: Sums, comparing: bool = False) -> None:
        """Count records. For C{comparing}: a list that has become approximate is not gone on with."""
        self.records += sums.records
        self.without_numbers += sums.without_numbers
        for hour, weight, packets in sums.by_hour():
            before = self._hours.get(hour, (0, 0))
            self._hours[hour] = before[0] + weight, before[1] + packets
        for name, tally in (*self.groups.items(), *self.tops.items()):
            if not (comparing and tally.approximate):
                tally.add(*sums.by_value(name))

    def result(self, stream: Stream, date: str) -> dict[str, Any]:
        """The summary as it is stored; C{without_numbers} counts records whose bytes or packets are no number: they add 0."""
        start = start_of(date)
        hours = [self._hours.get(start + hour * HOUR_MS, (0, 0)) for hour in range(24)]
        return {
            "format": FORMAT,
            "stream": stream._asdict(),
            "date": date,
            "records": self.records,
            "bytes": bytes_in(sum(weight for weight, _packets in self._hours.values())),
            "packets": plain(sum(packets for _weight, packets in self._hours.values())),
            "without_numbers": self.without_numbers,
            "by_hour": [
                {"hour": hour, "records": records_in(weight), "bytes": bytes_in(weight), "packets": plain(packets)}
                for hour, (weight, packets) in enumerate(hours)
            ],
            **{"by_" + name: tally.rows(TOP if tally.approximate else None) for name, tally in self.groups.items()},
            "top": {name: {"approximate": tally.approximate, "rows": tally.rows(TOP)} for name, tally in self.tops.items()},
        }


def summarise(lines: Sequence[bytes], stream: Stream, date: str) -> dict[str, Any]:
    """The summary of a day from all its lines, in one pass."""
    summary = Summary()
    summary.add_lines(lines)
    return summary.result(stream, date)


def _decoded(lines: Sequence[bytes]) -> list[Any]:
    """Lines as records, for sums. @raise ArchiveError: one is not JSON."""
    try:
        with decimal.localcontext(_NO_TRAPS):  # a number beyond all bounds is no error, only nothing that can be added up
            return [_decode(line.decode("utf-8")) for line in lines]
    except (ValueError, RecursionError):
        raise ArchiveError("A line is not JSON.", "Restore the file from a copy of the archive.") from None
