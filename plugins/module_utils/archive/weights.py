# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of records, summed without loss.

An amount is a whole number of 1 / UNIT, and a weight is one whole number too: an amount of bytes times 2**40, and one for each
record. So one addition counts both, the order of additions means nothing, and the order of weights is that by bytes, then records.
"""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Any, List, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.decoding import is_whole

DECIMALS = 30  #: digits before and after the point that a number may have; what is beyond is no count of bytes
UNIT: int = 10**DECIMALS
_EXACT = decimal.Context(prec=3 * DECIMALS, traps=[])
_DIGITS_AS_ZERO = bytes.maketrans(b"123456789", b"000000000")
_DOUBLE_DECIMALS = 22  # powers of ten up to this one are doubles
_RECORDS_BITS = 40


class Amounts(NamedTuple):
    """Some amounts: C{counts} times C{step}."""

    counts: List[int]
    step: int


def amount_of(value: Any) -> int | None:
    """The amount of a decoded number (a fraction as Decimal); None for what is no number, or is beyond all bounds."""
    if is_whole(value):
        return value * UNIT if abs(value) < UNIT else None
    if not isinstance(value, Decimal) or not value.is_finite() or value.adjusted() >= DECIMALS:
        return None
    exponent: Any = value.as_tuple().exponent
    return int(value.scaleb(DECIMALS, _EXACT)) if exponent >= -DECIMALS else None


def amounts_of(numbers: str) -> Amounts | None:
    """Numbers as they stand in JSON, separated by commas; None where one is not plainly a number."""
    texts = numbers.split(",")
    shape = numbers.encode().translate(_DIGITS_AS_ZERO)
    if not shape.translate(None, b"0,."):
        decimals = 0
        while b"." + b"0" * (decimals + 1) in shape:
            decimals += 1
        if not decimals and b"0" * DECIMALS not in shape:
            return Amounts(list(map(int, texts)), UNIT)
        if decimals <= _DOUBLE_DECIMALS:
            # each is n / 10**decimals: below 2**50 the errors of parsing and multiplying, 2**-53 each, leave n the nearest whole number
            counts = list(map(round, map(float(10**decimals).__mul__, map(float, texts))))
            if max(counts) < 1 << 50:
                return Amounts(counts, UNIT // 10**decimals)
    try:
        exact = [amount_of(Decimal(text)) for text in texts]
    except decimal.InvalidOperation:
        return None
    return None if None in exact else Amounts(exact, 1)  # type: ignore[arg-type]


def plain(amount: int) -> int | float:
    """An amount as a JSON number."""
    return amount / UNIT if amount % UNIT else amount // UNIT


def weights_of(sizes: Amounts) -> list[int]:
    """The weights of single records."""
    factor = sizes.step << _RECORDS_BITS
    return [count * factor + 1 for count in sizes.counts]


def weight_of(records: int, amount: int) -> int:
    return (amount << _RECORDS_BITS) + records


def records_in(weight: int) -> int:
    return weight & (1 << _RECORDS_BITS) - 1


def bytes_in(weight: int) -> int | float:
    return plain(weight >> _RECORDS_BITS)
