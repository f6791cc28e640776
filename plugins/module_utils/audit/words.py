# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the report writes numbers and times for people."""

from __future__ import annotations

from datetime import datetime, timezone

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS

_UNITS = ((DAY_MS, "day"), (3_600_000, "hour"), (60_000, "minute"), (1000, "second"))
_SIZES = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def length(milliseconds: int) -> str:
    """A length of time: the two largest units that it has."""
    parts = []
    for size, name in _UNITS:
        count, milliseconds = divmod(milliseconds, size)
        if count:
            parts.append(f"{number(count)} {name}{'' if count == 1 else 's'}")
    return " ".join(parts[:2]) or "less than a second"


def moment(milliseconds: int | None) -> str:
    """An instant, to the minute; to the second or millisecond where it has such a part."""
    if milliseconds is None:
        return "-"
    seconds, rest = divmod(milliseconds, 1000)
    time = datetime.fromtimestamp(seconds, timezone.utc)
    form = "%Y-%m-%d %H:%M" if not seconds % 60 and not rest else "%Y-%m-%d %H:%M:%S"
    return time.strftime(form) + (f".{rest:03d}" if rest else "")


def minute(milliseconds: int) -> str:
    """An instant, cut to the minute."""
    return moment(milliseconds - milliseconds % 60_000)


def date(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, timezone.utc).strftime("%Y-%m-%d")


def number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.0f}"


def size(value: float | None) -> str:
    """Bytes, decimal, with three digits."""
    if value is None:
        return "unknown"
    unit = 0
    while value >= 999.5 and unit < len(_SIZES) - 1:
        value /= 1000
        unit += 1
    digits = 0 if value >= 100 or unit == 0 else 1 if value >= 10 else 2
    return f"{value:.{digits}f} {_SIZES[unit]}"


def share(part: float, whole: float) -> str:
    """A share that never rounds what is missing away: 100 % means all, 0 % none."""
    if not whole:
        return "-"
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return "under 0.1 %"
    if 99.9 < percent < 100:
        return "over 99.9 %"
    return f"{percent:.1f} %" if percent % 1 else f"{percent:.0f} %"


def count(value: int, one: str, many: str | None = None) -> str:
    return f"{number(value)} {one if value == 1 else many or one + 's'}"
