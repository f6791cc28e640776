# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow-log records as events of the Open Cybersecurity Schema Framework (https://schema.ocsf.io), class Network Activity (4001).

The service tells what passed a firewall, not what the firewall decided: no action, disposition or status is made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.siem.mapping import LAST_MS, PORTS, Record, each, present

VERSION = "1.8.0"
_TRAFFIC = 6  # activity_id
_FIREWALL = 9  # device.type_id
_OTHER = 99
_DIRECTIONS = {"out2in": (1, "Inbound"), "in2out": (2, "Outbound")}
_LATERAL = (3, "Lateral")
_FIXED = {
    "category_uid": 4,
    "category_name": "Network Activity",
    "class_uid": 4001,
    "class_name": "Network Activity",
    "activity_id": _TRAFFIC,
    "activity_name": "Traffic",
    "type_uid": 400106,
    "type_name": "Network Activity: Traffic",
    "severity_id": 1,
    "severity": "Informational",
}


def to_ocsf(records: Any, firewall: Any = None, log_type: str | None = None) -> Any:
    """The event of one record, or the list of those of many; OptionError for what can't be mapped."""
    return each(records, log_type, firewall, _event)


def _event(record: Record, firewall: Mapping[str, Any]) -> dict[str, Any]:
    start = record.start_time()
    end = record.whole("end_time", LAST_MS)
    source, destination = _endpoint(record, "src"), _endpoint(record, "dst")
    if not source and not destination:
        raise OptionError(
            f"The record {record['log_id']!r} has neither src_ip nor dst_ip nor dst_host; OCSF's Network Activity needs one of them.",
            "Leave such records out, for example with selectattr('src_ip', 'defined').",
            option="src_ip",
        )
    device = _device(firewall)
    event = {
        **_FIXED,
        "time": start if end is None else end,
        **present(
            start_time=start,
            end_time=end,
            duration=end - start if end is not None and end >= start else None,
            metadata=_metadata(record, ["cloud", "host"] if device else ["cloud"]),
            cloud=_cloud(firewall),
            device=device,
            src_endpoint=source,
            dst_endpoint=destination,
            connection_info=_connection(record),
            traffic=present(bytes=record.whole("bytes"), packets=record.whole("packets")),
            app_name=record.text("app") if record.application else None,
        ),
    }
    if record.rest:
        event["unmapped"] = record.rest
    return event


def _metadata(record: Record, profiles: list[str]) -> dict[str, Any]:
    product = {"name": "Cloud Firewall", "vendor_name": "Huawei Cloud"}
    return {"version": VERSION, "profiles": profiles, "product": product, **present(uid=record.identity())}


def _cloud(firewall: Mapping[str, Any]) -> dict[str, Any]:
    account = present(uid=firewall.get("project_id"), name=firewall.get("project_name"))
    if account:
        account.update(type="Huawei Cloud Project", type_id=_OTHER)
    return {"provider": "Huawei Cloud", **present(region=firewall.get("region"), account=account)}


def _device(firewall: Mapping[str, Any]) -> dict[str, Any]:
    device = present(uid=firewall.get("fw_instance_id"), name=firewall.get("name"))
    if not device:
        return {}
    return {**device, "type": "Firewall", "type_id": _FIREWALL, "vendor_name": "Huawei Cloud", **present(region=firewall.get("region"))}


def _endpoint(record: Record, side: str) -> dict[str, Any]:
    """Source or destination; empty without address and host, since a port alone is no endpoint."""
    known = present(ip=record.address(f"{side}_ip"), hostname=record.text(f"{side}_host"))
    if not known:
        return {}
    return {**known, **present(port=record.whole(f"{side}_port", PORTS), location=present(city=record.text(f"{side}_city_name")))}


def _connection(record: Record) -> dict[str, Any]:
    number, name = record.protocol
    direction_id, direction = _direction(record)
    return present(direction_id=direction_id, direction=direction, protocol_num=number, protocol_name=name, protocol_ver_id=record.network)


def _direction(record: Record) -> tuple[int, str]:
    raw = record["direction"]
    if record.log_type == "vpc":
        return _LATERAL
    if raw is None or raw == "":
        return 0, "Unknown"
    return _DIRECTIONS.get(str(raw), (_OTHER, str(raw)))
