# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts records and their bytes by value, in bounded memory."""

from __future__ import annotations

from typing import Iterable, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.weights import bytes_in, records_in

TRACKED = 20_000  #: values that are counted at once
TEXT = 256  #: characters of a value that are kept


class Tally:
    """Weights by value. Over C{TRACKED} values the lighter half is forgotten: the rest becomes a lower bound."""

    def __init__(self, with_empty: bool) -> None:
        self.approximate = False
        self._with_empty = with_empty  #: whether the empty value is one like others; else it is not told
        self._weights: dict[str, int] = {}

    def add(self, values: Iterable[str], weights: Iterable[int]) -> None:
        """Add the weight of each value."""
        known = self._weights
        get = known.get
        for value, weight in zip(values, weights):
            before = get(value)
            if before is not None:
                known[value] = before + weight
            elif value and len(known) < TRACKED and len(value) <= TEXT:
                known[value] = weight
            else:
                self._add_new(value, weight)

    def _add_new(self, value: str, weight: int) -> None:
        """A value that is empty, one too many, or too long: it is cut, and ends with an ellipsis then."""
        known = self._weights
        value = value if len(value) <= TEXT else value[: TEXT - 1] + "\u2026"
        if value not in known and len(known) - (not self._with_empty and "" in known) >= TRACKED:
            self._forget()
        known[value] = known.get(value, 0) + weight

    def _forget(self) -> None:
        self.approximate = True
        kept = self._heaviest(TRACKED // 2)
        self._weights.clear()
        self._weights.update(kept)

    def _heaviest(self, most: int | None) -> Sequence[tuple[str, int]]:
        """The values by weight; of equal ones the first by name."""
        some = {value: weight for value, weight in self._weights.items() if value or self._with_empty}
        if most is not None and most < len(some):
            least = sorted(some.values(), reverse=True)[most - 1]
            some = {value: weight for value, weight in some.items() if weight >= least}
        return sorted(some.items(), key=lambda item: (-item[1], item[0]))[:most]

    def rows(self, most: int | None = None) -> list[dict[str, int | float | str]]:
        """The values as a summary states them."""
        return [{"value": value, "records": records_in(weight), "bytes": bytes_in(weight)} for value, weight in self._heaviest(most)]
