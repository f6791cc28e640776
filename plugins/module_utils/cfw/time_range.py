# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times and durations as users write them, as the epoch milliseconds that the service counts in.

The specification ("Querying Flow Logs", ``start_time`` and ``end_time``, type Long) gives no unit; its example and every record use
milliseconds since 1970-01-01 UTC. Every time in this collection is such an integer, and only this module reads or writes another form.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.refusal import refused

# Thirteen digits: 2001-09-09 to 2286-11-20. Fewer or more digits are another unit, and no firewall log lies outside.
EARLIEST_MS = 10**12
LATEST_MS = 10**13 - 1

UNIT_MS = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000}

TIME_FORMS = "milliseconds since 1970 (1663555012000), ISO 8601 (2026-11-22, 2026-11-22T08:00:00Z, 2026-11-22 08:00+08:00) or relative (now, -7d, -1h30m)"
DURATION_FORMS = "seconds (900) or a length with units, the largest first (15m, 1h, 1h30m, 1d)"

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_OTHER_UNITS = {9: "seconds", 10: "seconds", 16: "microseconds", 19: "nanoseconds"}
_DIGITS = re.compile(r"[0-9]+")
_LENGTH = re.compile(r"(?:([0-9]{1,9})w)?(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?")
_ISO = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"(?:[Tt ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"(?:(?P<utc>[Zz])| ?(?P<sign>[+-])(?P<offset_hours>[0-9]{2})(?::?(?P<offset_minutes>[0-9]{2}))?)?)?"
)


def parse(value: object, now_ms: int, option: str = "time") -> int:
    """Return ``value`` in epoch milliseconds.

    An ISO time without an offset is UTC, a date alone is its midnight, and digits after the millisecond are dropped, because
    the service counts in whole milliseconds. Relative times count back from ``now_ms``. Raises OptionError, which names ``option``.
    """
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise refused(option, value, "is not a time", TIME_FORMS)
    text = str(value).strip()
    if text == "now":
        return _in_range(now_ms, option, value)
    if _DIGITS.fullmatch(text):
        return _epoch(text, option, value)
    if text.startswith("-"):
        length = _length_ms(text[1:])
        if length is None:
            raise refused(option, value, "is not a relative time", TIME_FORMS)
        return _in_range(now_ms - length, option, value)
    return _iso(text, option, value)


def is_relative(value: object) -> bool:
    """Whether a time that C{parse} accepts counts from now."""
    return isinstance(value, str) and value.strip().lower().startswith(("-", "+", "now"))


def parse_duration(value: object, option: str = "duration", minimum_ms: int = 0, maximum_ms: int = 366 * UNIT_MS["d"]) -> int:
    """Return the length ``value`` in milliseconds; a bare number means seconds. Raises OptionError, which names ``option``."""
    allowed = f"{DURATION_FORMS}, from {_in_words(minimum_ms)} to {_in_words(maximum_ms)}"
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise refused(option, value, "is not a length of time", allowed)
    text = str(value).strip()
    length = _length_ms(f"{text}s" if _DIGITS.fullmatch(text) else text)
    if length is None:
        raise refused(option, value, "is not a length of time", allowed)
    if not minimum_ms <= length <= maximum_ms:
        raise refused(option, value, "is out of range", allowed)
    return length


def check_order(start_ms: int, end_ms: int) -> None:
    """Raise OptionError unless the option end_time is after the option start_time."""
    if end_ms <= start_ms:
        start = to_iso(start_ms)
        raise refused("end_time", to_iso(end_ms), f"is not after start_time, {start}", f"a time after {start}")


def to_iso(milliseconds: int) -> str:
    """Return epoch milliseconds as ISO 8601 in UTC, always with milliseconds: ``2022-09-19T02:36:52.000Z``."""
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def roughly(milliseconds: int) -> str:
    """Return a length for people: hours begun, and from two days on days: ``1 hour``, ``30 hours``, ``3 days``."""
    hours = -(-milliseconds // UNIT_MS["h"])
    if hours < 48:
        return f"{hours} hour{'' if hours == 1 else 's'}"
    return f"{hours // 24} days"


def _epoch(digits: str, option: str, value: object) -> int:
    unit = _OTHER_UNITS.get(len(digits))
    if unit is not None:
        raise refused(option, value, f"looks like {unit}, the service counts in milliseconds", TIME_FORMS)
    # The length is judged first: converting thousands of digits is slow, and refused by newer Pythons.
    if len(digits) != len(str(EARLIEST_MS)):
        raise refused(option, value, "is not a time in milliseconds (13 digits)", TIME_FORMS)
    return _in_range(int(digits), option, value)


def _iso(text: str, option: str, value: object) -> int:
    match = _ISO.fullmatch(text)
    if match is None:
        raise refused(option, value, "is not a time", TIME_FORMS)
    part = {name: int(match[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second", "offset_hours", "offset_minutes")}
    if part["offset_hours"] > 23 or part["offset_minutes"] > 59:
        raise refused(option, value, "has an offset from UTC that does not exist", TIME_FORMS)
    offset = timedelta(hours=part["offset_hours"], minutes=part["offset_minutes"])
    try:
        local = datetime(part["year"], part["month"], part["day"], part["hour"], part["minute"], part["second"], tzinfo=timezone.utc)
    except ValueError:
        raise refused(option, value, "is no date and time of the calendar", TIME_FORMS) from None
    milliseconds = (local - _EPOCH) // timedelta(milliseconds=1) + int((match["fraction"] or "0").ljust(3, "0")[:3])
    offset_ms = offset // timedelta(milliseconds=1)
    return _in_range(milliseconds + (offset_ms if match["sign"] == "-" else -offset_ms), option, value)


def _length_ms(text: str) -> int | None:
    match = _LENGTH.fullmatch(text)
    if match is None or not text:
        return None
    return sum(int(count) * unit for count, unit in zip(match.groups(), UNIT_MS.values()) if count)


def _in_range(milliseconds: int, option: str, value: object) -> int:
    if not EARLIEST_MS <= milliseconds <= LATEST_MS:
        raise refused(option, value, f"is out of range ({to_iso(EARLIEST_MS)} to {to_iso(LATEST_MS)})", TIME_FORMS)
    return milliseconds


def _in_words(milliseconds: int) -> str:
    for name, unit in UNIT_MS.items():
        if name != "w" and milliseconds and milliseconds % unit == 0:
            return f"{milliseconds // unit}{name}"
    return f"{milliseconds / 1000:g}s"
