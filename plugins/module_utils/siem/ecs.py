# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow-log records as documents of the Elastic Common Schema (https://www.elastic.co/guide/en/ecs/current).

Fields of the service that have no place in the schema, or not exactly, are below ``huawei.cfw`` as they were sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.time_range import to_iso
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.siem.mapping import IANA_NAMES, LAST_MS, LONG, PORTS, Record, each, ip_version, present

VERSION = "9.4.0"
_NS_OF_MS = 1_000_000
_DIRECTIONS = {"out2in": "inbound", "in2out": "outbound"}
# The documented values of ``app`` that are protocols, by the names that Elastic's own integrations use.
_PROTOCOLS = {name: name for name in ("http", "https", "dns", "ssh", "mysql", "smtp", "rdp", "rdps", "vnc", "pop3", "imap4", "smtps", "pop3s", "ftps", "bgp")}
_PROTOCOLS["tls1"] = "tls"


def to_ecs(records: Any, firewall: Any = None, log_type: str | None = None) -> Any:
    """The document of one record, or the list of those of many; OptionError for what can't be mapped."""
    return each(records, log_type, firewall, _document)


def _document(record: Record, firewall: Mapping[str, Any]) -> dict[str, Any]:
    start = record.start_time()
    end = record.whole("end_time", LAST_MS)
    source, destination = _side(record, "src"), _side(record, "dst")
    document = {
        "@timestamp": to_iso(start if end is None else end),
        "ecs": {"version": VERSION},
        "event": {
            "kind": "event",
            "category": ["network"],
            "type": ["connection", "end"],  # a record appears when its session ends
            "module": "huawei",
            "dataset": "huawei.cfw_flow",
            "start": to_iso(start),
            **present(end=None if end is None else to_iso(end), duration=_duration(start, end), id=record.identity()),
        },
        **present(source=source, destination=destination, network=_network(record), related=_related(source, destination)),
        "cloud": _cloud(firewall),
        "observer": {"vendor": "Huawei", "product": "Cloud Firewall", "type": "firewall", **present(name=firewall.get("name"))},
    }
    if firewall.get("fw_instance_id") is not None:
        record.rest.setdefault("fw_instance_id", firewall["fw_instance_id"])
    if record.rest:
        document["huawei"] = {"cfw": record.rest}
    return document


def _duration(start: int, end: int | None) -> int | None:
    if end is None or end < start:
        return None
    nanoseconds = (end - start) * _NS_OF_MS
    return nanoseconds if nanoseconds <= LONG else None


def _side(record: Record, side: str) -> dict[str, Any]:
    """``source`` or ``destination``. What the service sent as address is in ``address``, ``ip`` only when it is one."""
    address = record.text(f"{side}_ip")
    domain = record.text(f"{side}_host")
    return present(
        address=address,
        ip=address if ip_version(address) else None,
        domain=domain,
        port=record.whole(f"{side}_port", PORTS),
        geo=present(
            country_name=record.text(f"{side}_region_name"),
            region_name=record.text(f"{side}_province_name"),
            city_name=record.text(f"{side}_city_name"),
        ),
    )


def _network(record: Record) -> dict[str, Any]:
    number, _name = record.protocol
    version = record.network
    name = (record.application or "").lower()
    return present(
        iana_number=None if number is None else str(number),
        transport=IANA_NAMES.get(number) if number is not None else None,
        type=None if version is None else f"ipv{version}",
        protocol=_PROTOCOLS.get(name),
        application=name if name and name not in _PROTOCOLS else None,
        direction=_direction(record),
        bytes=record.whole("bytes"),
        packets=record.whole("packets"),
    )


def _direction(record: Record) -> str | None:
    raw = record["direction"]
    if record.log_type == "vpc":
        return "internal"
    if raw is None or raw == "":
        return None
    return _DIRECTIONS.get(str(raw), "unknown")


def _related(source: Mapping[str, Any], destination: Mapping[str, Any]) -> dict[str, Any]:
    addresses = list(dict.fromkeys(side["ip"] for side in (source, destination) if "ip" in side))
    hosts = list(dict.fromkeys(side["domain"] for side in (source, destination) if "domain" in side))
    return present(ip=addresses or None, hosts=hosts or None)


def _cloud(firewall: Mapping[str, Any]) -> dict[str, Any]:
    project = present(id=firewall.get("project_id"), name=firewall.get("project_name"))
    return {"provider": "huawei", "service": {"name": "cfw"}, **present(region=firewall.get("region"), project=project)}
