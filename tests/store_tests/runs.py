# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the archive over a small simulated firewall, in this process or in children that can be killed."""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.archiving import archive_flow_logs
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud import credentials
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_client import connect

PROJECT, FIREWALL = "f" * 32, "fw-store"
LOG_TYPES = ("internet", "nat")
WORLD: dict[str, Any] = {
    "seed": 5,
    "now": "real",
    "days": 2,
    "projects": [{"name": "cn-north-4", "id": PROJECT, "firewalls": [{"name": "edge", "id": FIREWALL, "log_types": dict.fromkeys(LOG_TYPES, 1500)}]}],
}
_fork = multiprocessing.get_context("fork")


def run(connection: dict[str, Any], archive: str, store: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """One run; the module's result."""
    stop = threading.Event()
    session = Session(credentials.resolve(connection), {**connection, "retry_timeout": 30}, stop)
    options = {
        "archive": archive,
        "store": store,
        "firewalls": [{"project_id": PROJECT, "fw_instance_id": FIREWALL}],
        "log_types": list(LOG_TYPES),
        "start_time": "-3d",
        "end_time": "now",
        "window": 3_600_000,
        "settle": 900_000,
        "recheck": True,
        "recheck_requests": 1000,
        "concurrency": 4,
        "encoding": "jsonl.gz",
        "signer": None,
        "enterprise_project_id": None,
        "diff": False,
    }
    return archive_flow_logs(session, {**options, **changes}, check_mode=False, stop=stop)


def _serve(pipe: Any) -> None:
    """Fork a child for each job that comes: all is imported here already, and no thread is running."""
    connect({"s3_endpoint_url": "https://localhost:1", "s3_region": "us-east-1", "s3_access_key": "warm", "s3_secret_key": "up"})
    while True:
        job = pipe.recv()
        if job is None:
            return
        target, arguments, kill_after = job
        child = _fork.Process(target=target, args=arguments)
        started = time.monotonic()
        child.start()
        child.join(kill_after)
        killed = child.is_alive()
        if killed:
            child.kill()
            child.join()
        pipe.send((killed, child.exitcode, time.monotonic() - started))


class Children:
    """Runs functions in children of a process of its own, one after another."""

    def __enter__(self) -> Children:
        self._pipe, theirs = multiprocessing.Pipe()
        self._server = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,))
        self._server.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._pipe.send(None)
        self._server.join(10)
        if self._server.is_alive():
            self._server.kill()

    def run(self, target: Any, *arguments: Any, kill_after: float | None = None) -> tuple[bool, int, float]:
        """(whether it had to be killed, exit code, seconds)."""
        self._pipe.send((target, arguments, kill_after))
        killed, code, seconds = self._pipe.recv()
        return killed, code, seconds


def run_for(seconds: float, barrier: Any, seed: int, connection: dict[str, Any], archive: str, store: dict[str, Any]) -> None:
    """Run again and again, once all are there; errors of the store or of races are the next run's work."""
    dice = random.Random(seed)
    barrier.wait(120)
    end = time.time() + seconds
    while time.time() < end:
        try:
            run(connection, archive, store)
        except CloudAuditError:
            time.sleep(0.1)
        time.sleep(dice.uniform(0, 0.3))
