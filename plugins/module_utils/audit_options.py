# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the doors that audit: their argument spec, and their checks before anything is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import load_public_keys
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive_options import (
    DEFAULT_LOG_TYPES,
    MAX_CONCURRENCY,
    check_times,
    checked_firewalls,
    not_empty,
)
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.audit import Question
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.retention import check_rules
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.scope import ARCHIVE, LISTED
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.query import LOG_TYPES
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.refusal import refused
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.time_range import UNIT_MS, parse_duration
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError

_SHA256 = re.compile(r"[0-9a-f]{64}")

AUDITING: dict[str, dict[str, Any]] = {
    "firewalls": {
        "type": "list",
        "elements": "dict",
        "options": {
            "fw_instance_id": {"type": "str", "required": True},
            "project_id": {"type": "str", "required": True},
            "region": {"type": "str"},
            "endpoint": {"type": "str"},
            "name": {"type": "str"},
            "project_name": {"type": "str"},
        },
    },
    "log_types": {"type": "list", "elements": "str", "choices": list(LOG_TYPES)},
    "scope": {"type": "str", "choices": [LISTED, ARCHIVE], "default": LISTED},
    "unreadable": {
        "type": "list",
        "elements": "dict",
        "options": {
            "project_id": {"type": "str", "required": True},
            "project_name": {"type": "str"},
            "fw_instance_id": {"type": "str"},
            "log_type": {"type": "str"},
            "error": {"type": "str", "required": True},
            "code": {"type": "str"},
            "status": {"type": "int"},
            "request_id": {"type": "str"},
        },
    },
    "start_time": {"type": "str"},
    "end_time": {"type": "str"},
    "settle": {"type": "str", "default": "1d"},
    "verify": {"type": "str", "choices": ["none", "chain", "data"], "default": "chain"},
    "heads": {"type": "list", "elements": "str"},
    "public_keys": {"type": "list", "elements": "str", "no_log": False},
    "retention": {
        "type": "list",
        "elements": "dict",
        "options": {"name": {"type": "str", "required": True}, "days": {"type": "int"}, "immediately": {"type": "int"}},
    },
}

REPORTING: dict[str, dict[str, Any]] = {
    "dest": {"type": "path", "required": True},
    "open_days": {"type": "bool", "default": False},
    "signing_key": {"type": "str", "no_log": True},
    "signing_key_passphrase": {"type": "str", "no_log": True},
    "assessment_plan": {"type": "str", "default": "#assessment-plan"},
    "spot_check": {"type": "dict"},
}

SAMPLING: dict[str, dict[str, Any]] = {
    "windows": {"type": "int", "default": 10},
    "seed": {"type": "str"},
    "concurrency": {"type": "int", "default": 8},
}


def checked_sampling(options: Mapping[str, Any]) -> tuple[int, int]:
    """How many windows a spot check draws, and how many requests it makes at a time. Raises OptionError."""
    seed = options["seed"]
    if seed is not None and not 1 <= len(seed) <= 256:
        raise refused("seed", seed, "is empty or too long", "1 to 256 characters")
    for name, most in (("windows", 10_000), ("concurrency", MAX_CONCURRENCY)):
        if not 1 <= options[name] <= most:
            raise refused(name, options[name], "is out of range", f"an integer from 1 to {most}")
    return options["windows"], options["concurrency"]


def checked_question(
    options: Mapping[str, Any], now_ms: int, *, traffic: bool = False, open_days: bool = False, spot_check: Mapping[str, Any] | None = None
) -> Question:
    """The question that the options ask. Raises OptionError."""
    start, end = check_times(options["start_time"], options["end_time"], now_ms)
    if start is not None and start >= now_ms:
        raise refused("start_time", options["start_time"], "is not in the past", "a time before now")
    firewalls, log_types = options["firewalls"], options["log_types"]
    if firewalls is None and options["scope"] == ARCHIVE and options["unreadable"] is None:
        raise OptionError("scope is archive, but no firewalls are given to hold the archive against.", "Give the firewalls that exist.", option="firewalls")
    return Question(
        expected=None if firewalls is None else not_empty("firewalls", checked_firewalls(firewalls)),
        log_types=DEFAULT_LOG_TYPES if log_types is None else not_empty("log_types", list(dict.fromkeys(log_types))),
        scope=LISTED if firewalls is None else options["scope"],
        unreadable=[{name: value for name, value in entry.items() if value is not None} for entry in options["unreadable"] or ()],
        start=start,
        end=end,
        settle=parse_duration(options["settle"], "settle", maximum_ms=UNIT_MS["w"]),
        depth=options["verify"],
        heads=_heads(options["heads"] or ()),
        public_keys=load_public_keys(options["public_keys"]),
        rules=check_rules(options["retention"]),
        traffic=traffic,
        open_days=open_days,
        spot_check=_spot_check(spot_check),
    )


def _heads(heads: Iterable[str]) -> list[str]:
    for position, head in enumerate(heads):
        if not _SHA256.fullmatch(head.lower()):
            raise refused(f"heads[{position}]", head, "is no SHA-256", "64 hexadecimal digits, as an earlier result has them in streams[].head")
    return [head.lower() for head in heads]


def _spot_check(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What a report states of a result of cfw_flow_log_spot_check_info. Raises OptionError for what is none."""
    if given is None:
        return None
    names = ("seed", "created", "created_iso", "candidates", "outcomes", "windows")
    if not set(names) <= set(given):
        raise OptionError("spot_check is no result of cfw_flow_log_spot_check_info.", "Register that module's result, and give it.", option="spot_check")
    return {name: given[name] for name in names}
