# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the archive's doors: their argument specs and their checks before anything is asked or written."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import load_signer
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import check_length
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.query import LOG_TYPES, MAX_INTEGER, check_id
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.refusal import refused
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.time_range import UNIT_MS, check_order, parse, parse_duration
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.encoding import ENCODINGS, JSONL_GZ, check_encoding
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_place import parse_location
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import Store, open_store

MAX_CONCURRENCY = 64
DEFAULT_LOG_TYPES = ("internet", "vpc", "nat")

STORE: dict[str, dict[str, Any]] = {
    "s3_endpoint_url": {"type": "str"},
    "s3_access_key": {"type": "str", "no_log": False},  # a name, like access_key
    "s3_secret_key": {"type": "str", "no_log": True},
    "s3_security_token": {"type": "str", "no_log": True},
    "s3_region": {"type": "str"},
    "s3_ca_path": {"type": "path"},
    "s3_addressing_style": {"type": "str", "choices": ["auto", "path", "virtual"], "default": "auto"},
}
ARCHIVE: dict[str, dict[str, Any]] = {"archive": {"type": "str", "required": True}, **STORE}
WRITING: dict[str, dict[str, Any]] = {"s3_server_side_encryption": {"type": "str"}, "s3_object_lock_days": {"type": "int", "default": 0}}

ARCHIVING: dict[str, dict[str, Any]] = {
    **WRITING,
    "firewalls": {
        "type": "list",
        "elements": "dict",
        "options": {
            "fw_instance_id": {"type": "str", "required": True},
            "project_id": {"type": "str"},
            "region": {"type": "str"},
            "endpoint": {"type": "str"},
            "name": {"type": "str"},
        },
    },
    "fw_instance_id": {"type": "str"},
    "log_types": {"type": "list", "elements": "str", "choices": list(LOG_TYPES), "default": list(DEFAULT_LOG_TYPES)},
    "start_time": {"type": "str", "default": "-7d"},
    "end_time": {"type": "str", "default": "now"},
    "window": {"type": "str", "default": "1h"},
    "settle": {"type": "str", "default": "15m"},
    "recheck": {"type": "bool", "default": True},
    "recheck_requests": {"type": "int", "default": 1000},
    "forecast_requests": {"type": "int", "default": 200},
    "concurrency": {"type": "int", "default": 8},
    "time_limit": {"type": "str"},
    "encoding": {"type": "str", "choices": list(ENCODINGS), "default": JSONL_GZ},
    "signing_key": {"type": "str", "no_log": True},
    "signing_key_passphrase": {"type": "str", "no_log": True},
    "fail_on": {"type": "str", "choices": ["any", "all", "never"], "default": "any"},
}


def checked_archiving(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to archive, checked: lengths in ms, ``firewalls`` as a list. Raises OptionError.

    Times stay as they were given: what is relative in them counts by the service's clock, which is not known yet. A firewall's
    ``project_id`` is None where the connection's project is meant.
    """
    check_times(params["start_time"], params["end_time"])
    return {
        "archive": checked_location(params["archive"]),
        "store": store_options(params),
        "firewalls": _firewalls(params),
        "log_types": not_empty("log_types", list(dict.fromkeys(params["log_types"]))),
        "start_time": params["start_time"],
        "end_time": params["end_time"],
        "window": check_length(parse_duration(params["window"], "window")),
        "settle": parse_duration(params["settle"], "settle", maximum_ms=UNIT_MS["w"]),
        "recheck": params["recheck"],
        "recheck_requests": _integer(params, "recheck_requests", 0, MAX_INTEGER),
        "forecast_requests": _integer(params, "forecast_requests", 0, MAX_INTEGER),
        "time_limit": None if params["time_limit"] is None else parse_duration(params["time_limit"], "time_limit", minimum_ms=1000),
        "concurrency": _integer(params, "concurrency", 1, MAX_CONCURRENCY),
        "encoding": check_encoding(params["encoding"]),
        "signer": load_signer(params["signing_key"], params["signing_key_passphrase"]),
    }


def check_times(start_time: str | None, end_time: str | None, now_ms: int | None = None) -> tuple[int | None, int | None]:
    """Return both times in epoch ms, None where none is given. Raises OptionError unless the end is after the start."""
    now = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    start = None if start_time is None else parse(start_time, now, "start_time")
    end = None if end_time is None else parse(end_time, now, "end_time")
    if start is not None and end is not None:
        check_order(start, end)
    return start, end


def checked_location(location: str) -> str:
    """Return the archive's location as given. Raises OptionError for what names neither a folder nor a bucket."""
    if not location.strip() or "\0" in location:
        raise refused("archive", location, "names nothing", "the path of a folder, or s3://bucket/prefix")
    if "://" in location:
        if not location.startswith("s3://"):
            raise refused("archive", location, "is an address of another kind", "the path of a folder, or s3://bucket/prefix (for OBS too)")
        parse_location(location)
    return location


def store_options(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of an object store that a door has, as open_store takes them."""
    return {name: params[name] for name in (*STORE, *WRITING) if name in params}


def open_archive(params: Mapping[str, Any]) -> Store:
    """Return the store of the archive that a door's options name. Raises OptionError and DependencyError; asks for nothing."""
    return open_store(checked_location(params["archive"]), **store_options(params))


def checked_firewalls(firewalls: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return firewalls with checked IDs. One that is named twice is an error, since its streams would be written twice at once."""
    seen: set[tuple[str | None, str]] = set()
    checked = []
    for position, firewall in enumerate(firewalls):
        option = f"firewalls[{position}]"
        fw_instance_id = check_id(f"{option}.fw_instance_id", firewall["fw_instance_id"])
        project_id = firewall["project_id"]
        if project_id is not None:
            project_id = check_id(f"{option}.project_id", project_id)
        if (project_id, fw_instance_id) in seen:
            raise refused(option, fw_instance_id, "is given twice", "each firewall once")
        seen.add((project_id, fw_instance_id))
        checked.append({**firewall, "project_id": project_id, "fw_instance_id": fw_instance_id})
    return checked


def not_empty(option: str, values: list[Any]) -> list[Any]:
    """Return the list, or raise OptionError when nothing is in it."""
    if not values:
        raise OptionError(
            f"{option} is empty, so there is nothing to do.", "Give at least one, or skip the task with a condition.", option=option, allowed="one or more"
        )
    return values


def _firewalls(params: Mapping[str, Any]) -> list[dict[str, Any]]:
    if params["firewalls"] is None:
        return [{"project_id": None, "fw_instance_id": check_id("fw_instance_id", params["fw_instance_id"]), "region": None, "endpoint": None, "name": None}]
    return not_empty("firewalls", checked_firewalls(params["firewalls"]))


def _integer(params: Mapping[str, Any], name: str, minimum: int, maximum: int) -> int:
    value = params[name]
    if isinstance(value, bool) or not minimum <= value <= maximum:
        raise refused(name, value, "is out of range", f"an integer from {minimum} to {maximum}")
    return int(value)
