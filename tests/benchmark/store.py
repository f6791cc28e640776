# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much slower an archive in an object store is than one in a folder: the same collection into both, in turn, in one run.

    python tests/benchmark/store.py [records]

The simulated cloud answers after 50 ms and is a process of its own, as is the object store (Ceph's RADOS Gateway over TLS,
tests/parts/ceph.sh): that it shares this machine's processors with the run counts against it. The target is a ratio of 0.8.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "parts"), str(TESTS / "store_tests")]

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.archiving import archive_flow_logs
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud import credentials
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_client import connect
from ceph import Ceph
from places import plain_client

PROJECT, FIREWALL = "f" * 32, "fw-bench"
REPETITIONS = 5  # pairs: what else the machine does meets both of a pair


def collect(ready: dict[str, Any], archive: str, store: dict[str, Any]) -> tuple[float, int]:
    """(seconds, records) of one run into an empty archive."""
    connection = {"endpoint": ready["url"], "auth_url": ready["url"], "region": "cn-north-4", "project_id": PROJECT}
    connection.update({"access_key": ready["access_key"], "secret_key": ready["secret_key"]})
    stop = threading.Event()
    session = Session(credentials.resolve(connection), connection, stop)
    options = {
        "archive": archive,
        "store": store,
        "firewalls": [{"project_id": PROJECT, "fw_instance_id": FIREWALL}],
        "log_types": ["internet", "vpc", "nat"],
        "start_time": "-7d",
        "end_time": "now",
        "window": 3_600_000,
        "settle": 900_000,
        "recheck": True,
        "recheck_requests": 1000,
        "concurrency": 16,
        "encoding": "jsonl.gz",
        "signer": None,
        "enterprise_project_id": None,
        "diff": False,
    }
    started = time.perf_counter()
    result = archive_flow_logs(session, options, check_mode=False, stop=stop)
    seconds = time.perf_counter() - started
    errors = [stream["error"] for stream in result["streams"] if stream["error"]]
    if errors:
        sys.exit(f"The run failed: {errors[0]}")
    return seconds, result["records"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("records", nargs="?", type=int, default=300_000)
    records = parser.parse_args().records
    log_types = dict.fromkeys(("internet", "vpc", "nat"), records // 3)
    project = {"name": "cn-north-4", "id": PROJECT, "firewalls": [{"name": "edge", "id": FIREWALL, "log_types": log_types}]}
    world = {"seed": 1, "now": "real", "days": 6, "projects": [project]}
    subprocess.run([str(TESTS / "parts" / "ceph.sh")], check=True)
    with tempfile.TemporaryDirectory() as folder, Ceph() as ceph:
        client = plain_client(ceph.endpoint, ceph.ca_path, ceph.access_key, ceph.secret_key)
        client.create_bucket(Bucket="bench")
        store = {"s3_endpoint_url": ceph.endpoint, "s3_access_key": ceph.access_key, "s3_secret_key": ceph.secret_key, "s3_ca_path": ceph.ca_path}
        connect({**store, "s3_region": ""})  # reading boto3's description of S3 is no part of collecting
        ready = Path(folder, "ready.json")
        command = [sys.executable, str(TESTS / "simulator"), "--exit-with-parent", "--world", json.dumps(world), "--ready-file", str(ready)]
        cloud = subprocess.Popen([*command, "--switch", "latency_ms=50"])
        try:
            while not ready.exists():
                if cloud.poll() is not None:
                    sys.exit("The simulator does not start.")
                time.sleep(0.1)
            facts = json.loads(ready.read_text(encoding="utf-8"))
            ratios = []
            for number in range(REPETITIONS):
                rates = {}
                places: list[tuple[str, str, dict[str, Any]]] = [("folder", f"{folder}/{number}", {}), ("object store", f"s3://bench/{number}", store)]
                for kind, archive, options in places if number % 2 else reversed(places):
                    seconds, archived = collect(facts, archive, options)
                    rates[kind] = archived / seconds
                    print(f"{kind:12} {archived:9,} records {seconds:7.2f} s {archived / seconds:10,.0f} records/s", flush=True)
                ratios.append(rates["object store"] / rates["folder"])
        finally:
            cloud.terminate()
            cloud.wait()
        ratio = statistics.median(ratios)
        print(f"object store / folder, median of {REPETITIONS} pairs: {ratio:.2f} (target 0.8: {'met' if ratio >= 0.8 else 'MISSED'})")


if __name__ == "__main__":
    main()
