# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a flow-log request asks for: its parameters, checked against the documented constraints, and its filters."""

from __future__ import annotations

import ipaddress
from types import SimpleNamespace
from typing import Any, Mapping, NamedTuple, Sequence

import numpy as np

from .messages import cfw_refusal
from .records import PROTOCOL_NAMES, PROTOCOL_NUMBERS, Variant

_PLACES = tuple(f"{side}_{name}_name" for side in ("src", "dst") for name in ("region", "province", "city"))
_TEXTS = ("app", "dst_host", *_PLACES)
DIRECTIONS = ("in2out", "out2in")


class Query(NamedTuple):
    start_time: int
    end_time: int
    limit: int
    offset: int
    log_id: str  # empty: no cursor
    next_date: int | None
    filters: tuple[tuple[str, Any], ...]


def _whole(params: Mapping[str, str], name: str, least: int, most: int | None = None, default: int | None = None) -> int:
    text = params.get(name, "")
    if text == "" and default is not None:
        return default
    if not text.lstrip("-").isdigit() or not text.isascii():
        raise cfw_refusal(400, f"parameter {name} is missing or no integer")
    value = int(text)
    if value < least or (most is not None and value > most):
        raise cfw_refusal(400, f"parameter {name} is outside its range")
    return value


def parse(params: Mapping[str, str], switches: SimpleNamespace) -> Query:
    """Raises the service's 400."""
    start, end = _whole(params, "start_time", 0), _whole(params, "end_time", 0)
    if end < start or (end == start and switches.equal_bounds == "refused"):
        raise cfw_refusal(400, "time range error")
    log_id = params.get("log_id", "")
    next_date = _whole(params, "next_date", 0) if params.get("next_date") else None
    if bool(log_id) != (next_date is not None):
        raise cfw_refusal(400, "log_id and next_date must be given together")
    return Query(start, end, _whole(params, "limit", 1, 1024), _whole(params, "offset", 0, default=0), log_id, next_date, filters(params))


def filters(params: Mapping[str, str]) -> tuple[tuple[str, Any], ...]:
    """(name, value) of what must match, ready to compare; raises the service's 400."""
    found: list[tuple[str, Any]] = []
    if params.get("direction"):
        if params["direction"] not in DIRECTIONS:
            raise cfw_refusal(400, "parameter direction is neither in2out nor out2in")
        found.append(("direction", params["direction"]))
    for name in ("src_ip", "dst_ip"):
        if params.get(name):
            try:
                found.append((name, ipaddress.ip_address(params[name]).compressed))
            except ValueError:
                raise cfw_refusal(400, f"parameter {name} is no IP address") from None
    for name in ("src_port", "dst_port"):
        if params.get(name):
            found.append((name, _whole(params, name, 0, 65_535)))
    found.extend((name, params[name]) for name in _TEXTS if params.get(name))
    protocol = params.get("protocol", "")
    if protocol and protocol.lower() not in ("-1", "any"):
        names = {name.lower(): name for name in PROTOCOL_NUMBERS}
        if protocol.lower() in names:
            found.append(("protocol name", names[protocol.lower()]))
        elif protocol.isdigit() and int(protocol) in PROTOCOL_NAMES:
            found.append(("protocol number", PROTOCOL_NAMES[int(protocol)]))
        else:
            raise cfw_refusal(400, "parameter protocol is unknown")
    return tuple(found)


def wanted(given: tuple[tuple[str, Any], ...], variants: Sequence[Variant], protocol_filter: str) -> np.ndarray | None:
    """For each variant whether the filters match it; None where there are none."""
    if not given:
        return None
    conditions = []
    for name, value in given:
        if name.startswith("protocol"):
            form = "names" if name.endswith("name") else "numbers"
            if protocol_filter not in ("both", form):
                return np.zeros(len(variants), dtype=bool)
            conditions.append(("protocol", {value, str(PROTOCOL_NUMBERS[value])}))
        else:
            conditions.append((name, {value}))
    return np.fromiter((all(variant.attributes.get(name) in values for name, values in conditions) for variant in variants), dtype=bool, count=len(variants))
