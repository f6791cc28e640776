# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration: a simulated cloud on this machine, the collection's playbooks against it, and what came of it.

The first run decides at which instant the simulated cloud's two days of logs end, and keeps it beside the archive, so that a
second run finds the same cloud and reports no change. After a day, or after `make clean`, it begins anew.
"""

from __future__ import annotations

import json
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from checkout import BIN, HOME, ROOT, TREE, environment
from simulator.world import BUILT_IN

STATE = ROOT / ".cache" / "demo"
ARCHIVE = STATE / "archive"
REPORT = STATE / "report"
WORLD = STATE / "world.json"
HOUR = 3_600_000
DAY = 24 * HOUR
START_TIMEOUT = 30  # seconds
SCREEN = {
    "ANSIBLE_LOCALHOST_WARNING": "false",
    "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
}


def world() -> dict[str, Any]:
    """The simulated cloud of the last run, or a new one whose logs end with the last full hour."""
    now = int(time.time() * 1000)
    if WORLD.exists():
        known: dict[str, Any] = json.loads(WORLD.read_text())
        if now - known["now"] < DAY:
            return known
        shutil.rmtree(STATE)
    STATE.mkdir(parents=True, exist_ok=True)
    new = {**BUILT_IN["demo"], "now": now - now % HOUR, "clock": "real"}
    WORLD.write_text(json.dumps(new))
    return new


@contextmanager
def simulator() -> Iterator[dict[str, Any]]:
    """Run the simulated cloud and yield how to reach it; it ends with the block, whatever happens in it."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        command = [sys.executable, str(TREE / "tests" / "simulator"), "--port", "0", "--ready-file", str(ready), "--world", str(WORLD)]
        process = subprocess.Popen(command, env=environment())
        try:
            deadline = time.monotonic() + START_TIMEOUT
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"tests/demo.py: the simulated cloud did not start within {START_TIMEOUT} s (see its message above): {shlex.join(command)}")
                time.sleep(0.05)
            yield json.loads(ready.read_text())
        finally:
            process.terminate()
            process.wait()


def archive(cloud: dict[str, Any], given: dict[str, Any]) -> int:
    """Archive and verify what the simulated cloud has, and show what Ansible prints, which ends with the summary."""
    variables = {
        "start_time": str(given["now"] - given["days"] * DAY),
        "end_time": str(given["now"]),
        "settle": "0",  # the two days are over, nothing of them is still to come
        "verify": "data",
        "on_unreadable": "warn",  # one project refuses; that is part of the demonstration
    }
    return subprocess.run(**playbook("cloudaudit.huaweicloud.archive", cloud, variables), check=False).returncode


def audit(cloud: dict[str, Any], given: dict[str, Any]) -> int:
    """Audit the archive and write the report; show what Ansible prints only when that fails."""
    variables = {
        "report_path": str(REPORT),
        "report_end_time": str(given["now"]),
        "report_open_days": True,
        "verify": "data",
        "audit_fail_from": "never",  # the project that refuses is a finding
    }
    command = playbook("cloudaudit.huaweicloud.audit", cloud, variables)
    finished = subprocess.run(**command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if finished.returncode:
        print(finished.stdout)
    return finished.returncode


def playbook(name: str, cloud: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
    """How to run a playbook of the collection against the simulated cloud, with credentials in the environment, as AWX hands them over."""
    given = {f"cfw_flow_log_archive_{variable}": value for variable, value in {"path": str(ARCHIVE), **variables}.items()}
    given["cloudaudit_huaweicloud_connection"] = {"endpoint": cloud["url"]}
    credentials = {
        "HW_ACCESS_KEY": cloud["access_key"],
        "HW_SECRET_KEY": cloud["secret_key"],
        "HW_REGION_NAME": cloud["region"],
        "HW_AUTH_URL": cloud["url"],
    }
    command = [str(BIN / "ansible-playbook"), name, "-e", json.dumps(given)]
    return {"args": command, "env": {**environment(), **credentials, **SCREEN}, "cwd": STATE}


def verdict(report: Path) -> str:
    """The audit's verdict and what it found, as its report says."""
    audited = json.loads((report / "audit.json").read_text(encoding="utf-8"))
    return "\n".join([f"The audit's verdict: {audited['verdict']}", *(f"  {finding['severity']}: {finding['message']}" for finding in audited["findings"])])


def closing(archive: Path, report: Path) -> str:
    """Where the archive and its report are, and a command to paste that opens the archive."""
    return f"""
The archive is in {archive}
{verdict(report)}
The report of its audit, for a browser: {report / "report.html"}
One query over all of the archive:

{shlex.quote(str(BIN / "python"))} <<'END'
import duckdb
duckdb.sql(\"""
    SELECT fw_instance_id, log_type, count(*) AS records, round(sum(bytes) / 1e6, 1) AS megabytes
    FROM read_json('{archive}/data/**/*.jsonl.gz', hive_partitioning = true, columns = {{bytes: 'DOUBLE'}})
    GROUP BY ALL ORDER BY ALL\""").show()
END

Next: type make cloud, and follow docs/docsite/rst/quick_start.rst
"""


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_received: sys.exit(1))  # so that the simulated cloud is ended, too
    HOME.mkdir(parents=True, exist_ok=True)
    given = world()
    with simulator() as cloud:
        code = archive(cloud, given) or audit(cloud, given)
    if not code:
        print(closing(ARCHIVE, REPORT))
    return code


if __name__ == "__main__":
    sys.exit(main())
