# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads lines of JSON by the library C{msgspec}, and only the fields that are looked at: a fraction of what decoding takes.

It is as strict as Python's decoder, but for texts that are not UTF-8, and numbers too long for Python; these are looked for
here. Lines that it refuses are decoded by the caller, who can say what is wrong with them.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Optional, Union

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.columns import KEY, TEXTS, Columns, Sums
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.weights import UNIT, Amounts, amounts_of

_LONGEST = 4000  # bytes of a line: no number in it is too long for Python, which reads 4300 digits
_HOPELESS = 16  # after as many blocks that were refused
_TEXT = {str}


class TypedLines:
    """Reads lines with C{msgspec}, the library, which the caller found to be there."""

    def __init__(self, msgspec: Any, summed: bool) -> None:
        self._refusal = msgspec.DecodeError
        self._summed = summed
        fields: list[Any] = [("start_time", int), ("log_id", str)]
        if summed:
            fields += [("bytes", msgspec.Raw), ("packets", int)]
            fields += [(name, Optional[Union[str, int]], None) for name in TEXTS]
        self._decode = msgspec.json.Decoder(msgspec.defstruct("Line", fields, gc=False)).decode
        self._misses = 0

    def columns(self, block: bytes) -> Columns | None:
        """The columns of whole lines; None where one is no record, or not plain enough."""
        if self._misses >= _HOPELESS or not block.endswith(b"\n"):
            return None
        columns = self._columns(block)
        self._misses = 0 if columns is not None else self._misses + 1
        return columns

    def _columns(self, block: bytes) -> Columns | None:
        lines = block.split(b"\n")
        lines.pop()
        try:
            if max(map(len, lines)) > _LONGEST or not (block.isascii() or block.decode("utf-8")):
                return None
            rows = list(map(self._decode, lines))
        except (self._refusal, UnicodeDecodeError, RecursionError):
            return None
        times, log_ids = (_values(rows, name) for name in KEY)
        if not all(log_ids):
            return None
        if not self._summed:
            return Columns(times, log_ids)
        sizes = amounts_of(b",".join(_values(rows, "bytes")).decode())
        packets = _values(rows, "packets")
        if sizes is None or max(packets) >= UNIT or min(packets) <= -UNIT:
            return None
        return Columns(times, log_ids, Sums(times, sizes, Amounts(packets, UNIT), {name: _texts(_values(rows, name)) for name in TEXTS}))


def _values(rows: list[Any], name: str) -> list[Any]:
    return list(map(attrgetter(name), rows))


def _texts(values: list[Any]) -> list[str]:
    if set(map(type, values)) == _TEXT:
        return values
    return ["" if value is None else str(value) for value in values]
