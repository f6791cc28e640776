# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records for the tests of the event schemas: the specification's example, and seeded odd ones."""

from __future__ import annotations

import random
from typing import Any

START, END = 1664155428000, 1664155493000
EXAMPLE = {
    "app": "SSH",
    "bytes": 34.5,
    "direction": "out2in",
    "dst_ip": "100.95.148.49",
    "dst_port": 22,
    "end_time": END,
    "log_id": "76354",
    "packets": 25,
    "protocol": "TCP",
    "src_ip": "100.93.27.17",
    "src_port": 49634,
    "start_time": START,
}
FIREWALL = {
    "fw_instance_id": "2af58b7c-893c-4453-a984-bdd9b1bd6318",
    "name": "edge",
    "project_id": "9d80d070b6d44942af73c9c3d38e0429",
    "project_name": "cn-north-4",
    "region": "cn-north-4",
    "flavor": {"version": 1},
}

_PLACES = [f"{side}_{kind}_{part}" for side in ("src", "dst") for kind in ("region", "province", "city") for part in ("id", "name")]
_ODD: list[Any] = [None, "", "x", "ANY", "100.64.0.1", "fe80::1%eth0", True, [], ["a"], {}, {"a": None}]
_ODD += [-1, 0, 1, 1.5, 34.0, 1e300, float("inf"), 2**63, 2**63 - 1]
_GOOD: dict[str, list[Any]] = {
    "app": ["HTTP", "https", "TLS1", "ANY", "WeChat", "DNS"],
    "bytes": [0, 34.5, 34.0, 1500, 9_007_199_254_740_993],
    "direction": ["out2in", "in2out", "sideways"],
    "packets": [1, 25, 2.5],
    "protocol": ["TCP", "tcp", "UDP", "ICMP", "ICMPv6", "ANY", "GRE", 6, "17", 58, -1, "47", 999],
    "src_ip": ["10.0.0.1", "2001:db8::1"],
    "dst_ip": ["100.95.148.49", "2001:db8::2", "::ffff:192.0.2.1"],
    "src_port": [0, 49634, 65535, 65536],
    "dst_port": [22, 443.0],
    "dst_host": ["www.example.com", "m\u00fcnchen.example.de", "www.example.com:443", "100.95.148.49"],
    "end_time": [END, START, START - 1, float(END)],
    "log_type": ["internet", "vpc"],
    **{name: ["CN", "China", "\u4e0a\u6d77"] for name in _PLACES},
}


def odd_records(count: int) -> list[dict[str, Any]]:
    """Records with fields missing, of other types, and unknown; each with a time and an address, as events need them."""
    rng = random.Random(4001)
    records = []
    for number in range(count):
        record: dict[str, Any] = {"log_id": str(number), "start_time": START, "src_ip": "10.0.0.1"}
        for name, values in _GOOD.items():
            if rng.random() < 0.7:
                record[name] = rng.choice(values if rng.random() < 0.7 else _ODD)
        record.update({name: rng.choice(_ODD) for name in ("vni", "remark", "log_id", "src_ip") if rng.random() < 0.3})
        if not isinstance(record["src_ip"], str) or "." not in record["src_ip"]:
            record["dst_ip"] = "192.0.2.7"
        records.append(record)
    return records
