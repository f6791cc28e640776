# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table of everything about the simulated service that can be changed, also while it runs.

A reading is a point that the service's documentation leaves open; a fault is something that goes wrong; a lie is an
answer that no honest service gives. Unknown names and values outside the table are refused.
"""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace
from typing import Any, NamedTuple

LOG_TYPES = ("internet", "vpc", "nat", "vgw")
FAULT_KINDS = ("500", "502", "503", "504", "reset", "cut", "html", "slow", "429")


class SwitchError(ValueError):
    """An unknown switch, or a value that the switch does not take."""


class Switch(NamedTuple):
    name: str
    group: str
    type: str  # choice | integer | number | boolean | list
    default: Any
    meaning: str
    values: tuple[Any, ...] | None = None  # what a choice, or an item of a list, may be
    nullable: bool = False


def _choice(name: str, group: str, values: tuple[str, ...], meaning: str) -> Switch:
    """A choice whose first value is the default."""
    return Switch(name, group, "choice", values[0], meaning, values)


SWITCHES: tuple[Switch, ...] = (
    # readings
    _choice("order", "reading", ("newest_first", "oldest_first"), "Order of the records in a page, by (sort field, `log_id`)."),
    _choice("cursor_field", "reading", ("start_time", "end_time"), "The field of the last record that `next_date` is compared with."),
    _choice("sort_field", "reading", ("same", "start_time", "end_time"), "The field that pages are sorted by; `same`: the cursor's field."),
    _choice(
        "paging",
        "reading",
        ("cursor", "cursor_needs_offset", "offset_only"),
        "`cursor`: `offset` is ignored beside a cursor. `cursor_needs_offset`: a cursor counts only with `offset` > 0, else the first page"
        " comes again. `offset_only`: the cursor is ignored.",
    ),
    _choice(
        "cursor_tie",
        "reading",
        ("exact", "lossy"),
        "`exact`: the page begins after (cursor field, `log_id`). `lossy`: only the cursor field is compared, the rest of a tie is skipped.",
    ),
    Switch("offset_max", "reading", "integer", 10_000, "`offset` + `limit` beyond this is refused with 400 where `offset` pages; 0: no bound."),
    _choice("total", "reading", ("matches", "page", "capped"), "What `data.total` counts: all matches, this page's records, or all matches up to 10,000."),
    _choice("end_bound", "reading", ("inclusive", "exclusive"), "Whether a record at `end_time` of the request is in the range."),
    _choice(
        "filter_time",
        "reading",
        ("start_time", "end_time", "overlap"),
        "Which time of a record must lie in the range; `overlap`: the session overlaps the range.",
    ),
    _choice("protocol", "reading", ("names", "numbers"), "Whether records show `TCP` or `6`."),
    _choice("protocol_filter", "reading", ("both", "names", "numbers"), "Which form the `protocol` parameter matches; the other form matches nothing."),
    _choice("equal_bounds", "reading", ("allowed", "refused"), "Whether `start_time` = `end_time` is answered, or refused with 400."),
    _choice("default_log_type", "reading", LOG_TYPES, "The log type that is served where `log_type` is omitted."),
    Switch("log_types", "reading", "list", list(LOG_TYPES), "The values of `log_type` that the region knows; others are refused with 400.", LOG_TYPES),
    Switch("page_cap", "reading", "integer", 0, "The service returns at most this many records a page, whatever `limit` says; 0: `limit` holds."),
    Switch("retention_days", "reading", "number", 7, "Records older than this, by the server's clock, are gone; cleared away once a minute."),
    _choice("retention_field", "reading", ("end_time", "start_time"), "The time of a record that its age is counted from."),
    _choice("body_style", "reading", ("compact", "spaced"), "White space around the records of a page: none, or that of the specification's example."),
    Switch("gzip", "reading", "boolean", True, "Whether answers are compressed for clients that accept gzip."),
    # clock
    Switch("clock_offset_ms", "clock", "integer", 0, "The server's clock is wrong by this much (it decides Date, visibility, retention, token life)."),
    Switch("clock_ms", "clock", "integer", None, "The server's clock stands at this time (epoch ms), before the offset; null: it runs.", nullable=True),
    Switch("max_skew_ms", "clock", "integer", 900_000, "A signed request whose X-Sdk-Date is further from the server's clock gets 401 APIG.0303; 0: any."),
    # faults
    Switch("fault_scope", "fault", "choice", "all", "Which calls latency and faults hit.", ("all", "iam", "cfw", "logs")),
    Switch("latency_ms", "fault", "number", 0, "Every answer waits this long."),
    Switch("latency_jitter_ms", "fault", "number", 0, "... and up to this much longer, evenly spread, seeded."),
    Switch("error_rate", "fault", "number", 0, "Share of requests (0 to 1) that get a fault of `error_kinds`, seeded."),
    Switch("error_kinds", "fault", "list", list(FAULT_KINDS[:4]), "The faults that `error_rate` draws from.", FAULT_KINDS),
    Switch(
        "fail_next", "fault", "list", [], "Faults for the next requests, one each; `ok` lets a request pass. Consumed as they are used.", FAULT_KINDS + ("ok",)
    ),
    Switch("slow_ms", "fault", "number", 3_000, "How long a `slow` answer drips."),
    Switch("seed", "fault", "integer", 1, "Seed of jitter, `error_rate` and lies."),
    Switch("token_life_s", "fault", "number", 86_400, "How long a token lives from its issue on."),
    Switch("token_life_requests", "fault", "integer", 0, "A token dies after this many requests; 0: no such bound."),
    Switch("kill_tokens", "fault", "boolean", False, "Setting it kills every token issued so far; it falls back to false at once."),
    Switch("temporary_key_life_s", "fault", "number", 86_400, "How long a temporary key of the metadata service lives."),
    Switch("metadata", "fault", "boolean", True, "Whether the metadata service answers; else 404."),
    Switch("refuse_projects", "fault", "list", [], "Project IDs or names whose CFW calls get 403."),
    Switch("refuse_firewalls", "fault", "list", [], "Firewall IDs or names whose flow logs get 403."),
    Switch("frozen_firewalls", "fault", "list", [], "Firewall IDs or names that are frozen (status 5): their flow logs are empty."),
    Switch("empty_firewalls", "fault", "list", [], "Firewall IDs or names that run, but whose flow logs are empty."),
    # rate limit of the gateway, counted per principal and API
    Switch("rate_limit", "rate", "integer", 0, "Requests a period; 0: no limit."),
    _choice("rate_period", "rate", ("second", "minute", "hour"), "The period."),
    _choice(
        "rate_shape",
        "rate",
        ("bucket", "fixed_second", "penalty"),
        "`bucket`: tokens flow in evenly, a period's worth may burst. `fixed_second`: counted per clock period."
        " `penalty`: a bucket, and an excess closes it for `rate_penalty_ms`.",
    ),
    Switch("rate_penalty_ms", "rate", "number", 1_000, "How long an excess closes the API under `penalty`."),
    Switch("rate_message", "rate", "boolean", True, "Whether the 429 names limit and period."),
    _choice("rate_prefix", "rate", ("APIG", "APIGW"), "Prefix of the 429's error code."),
    # the world moves
    Switch("arrive_per_request", "arrival", "integer", 0, "New records that become visible inside the asked range after each flow-log request."),
    # lies
    Switch("repeat_page", "lie", "boolean", False, "Cursor and offset are ignored: the first page comes for ever."),
    Switch("jump_cursor", "lie", "integer", 0, "A page that follows a cursor leaves out this many records."),
    Switch("shrinking_total", "lie", "integer", 0, "`total` falls by this much with each request of the same range and filter."),
    Switch("outside_range", "lie", "integer", 0, "This many records from outside the asked range are added to each page."),
    Switch("reorder_page", "lie", "boolean", False, "The records of a page are shuffled."),
    Switch(
        "duplicate_rows",
        "lie",
        "integer",
        0,
        "This many records of each page come twice in it; with a cursor the page keeps its size and the next one goes on from its last record.",
    ),
)
_BY_NAME = {switch.name: switch for switch in SWITCHES}


def _number(value: Any, kind: type) -> Any:
    if isinstance(value, bool):
        raise ValueError
    number = kind(value)
    if isinstance(value, float) and number != value:
        raise ValueError
    return number


def _convert(switch: Switch, value: Any) -> Any:
    """`value` (JSON, or text from a command line) as the switch's type; SwitchError where it does not fit."""
    if value is None or (switch.nullable and value in ("null", "")):
        if switch.nullable:
            return None
        raise SwitchError(f"switch {switch.name} takes no null")
    try:
        if switch.type == "integer":
            return _number(value, int)
        if switch.type == "number":
            return _number(value, float)
        if switch.type == "boolean":
            return {"true": True, "false": False, "1": True, "0": False}[str(value).lower()]
    except (KeyError, TypeError, ValueError):
        raise SwitchError(f"switch {switch.name} takes a value of type {switch.type}, not {value!r}") from None
    if switch.type == "list":
        if isinstance(value, str):
            value = json.loads(value) if value.startswith("[") else [item for item in value.split(",") if item]
        if not isinstance(value, (list, tuple)):
            raise SwitchError(f"switch {switch.name} takes a list, not {value!r}")
        items = [str(item) for item in value]
    else:
        items = [str(value)]
    for item in items:
        if switch.values and item not in switch.values:
            raise SwitchError(f"switch {switch.name} takes {', '.join(switch.values)}, not {item!r}")
    return items if switch.type == "list" else items[0]


class Switches:
    """The switches' present positions. `current` is a snapshot: one request reads one snapshot from beginning to end."""

    def __init__(self, initial: dict[str, Any] | None = None) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, Any] = {switch.name: switch.default for switch in SWITCHES}
        self.current = SimpleNamespace(**self._values)
        self.set(initial or {})
        self._initial = dict(self._values)

    def set(self, changes: dict[str, Any]) -> None:
        """Set all of `changes`, or none of them where one is unknown or has a wrong value (SwitchError)."""
        converted = {}
        for name, value in changes.items():
            if name not in _BY_NAME:
                raise SwitchError(f"unknown switch {name!r}; known: {', '.join(sorted(_BY_NAME))}")
            converted[name] = _convert(_BY_NAME[name], value)
        with self._lock:
            self._values.update(converted)
            self.current = SimpleNamespace(**self._values)

    def take_next_fault(self) -> str | None:
        """The first of `fail_next`, which is thereby used up; None where the list is empty."""
        with self._lock:
            waiting = self._values["fail_next"]
            if not waiting:
                return None
            self._values["fail_next"] = waiting[1:]
            self.current = SimpleNamespace(**self._values)
            return waiting[0]

    def restore(self) -> None:
        """Back to the positions that the simulator was started with."""
        with self._lock:
            self._values = dict(self._initial)
            self.current = SimpleNamespace(**self._values)

    def as_dict(self) -> dict[str, Any]:
        with self._lock:
            return dict(self._values)


def markdown_table() -> str:
    """The table of the README (a test holds the README equal to it)."""
    lines = ["| switch | group | values | default | meaning |", "|---|---|---|---|---|"]
    for switch in SWITCHES:
        values = ", ".join(f"`{value}`" for value in switch.values) if switch.values else switch.type
        if switch.type == "list":
            values = f"list of {values}" if switch.values else "list"
        default = json.dumps(switch.default) if not isinstance(switch.default, str) else switch.default
        lines.append(f"| `{switch.name}` | {switch.group} | {values} | `{default}` | {switch.meaning} |")
    return "\n".join(lines) + "\n"
