# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What many firewalls cost: their inventory, a first run of the ready playbook from localhost, and one that finds nothing new.

    python tests/benchmark/fleet.py [--firewalls 500] [--latency 0]

Every firewall has three types of logs, with 16 records in the last twelve hours. The cloud is simulated, in a process of its own. Seconds are
those of the whole command; processor seconds are its and its modules', without the simulated cloud's.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "integration" / "playbook_tests"), str(TESTS / "integration" / "fleet_tests")]

from fleet import HOUR, world

from checkout import BIN
from playbook import ARCHIVE_PLAYBOOK, Workplace


def simulated(folder: Path, firewalls: int, latency_ms: int) -> tuple[subprocess.Popen[bytes], dict[str, str]]:
    """The simulator's process, and how to reach it."""
    ready = folder / "ready.json"
    (folder / "world.json").write_text(json.dumps(world(firewalls)), encoding="utf-8")
    command = [str(BIN / "python"), str(TESTS / "simulator"), "--ready-file", str(ready), "--world", str(folder / "world.json"), "--exit-with-parent"]
    process = subprocess.Popen([*command, "--switch", f"latency_ms={latency_ms}"])
    while not ready.exists():
        if process.poll() is not None:
            sys.exit("tests/benchmark/fleet.py: the simulator does not start")
        time.sleep(0.1)
    return process, json.loads(ready.read_text(encoding="utf-8"))


@contextmanager
def measured(name: str) -> Iterator[list[str]]:
    """Print what the block took, and what it puts into the list."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    more: list[str] = []
    yield more
    after, took = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - started
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{name:13} {took:6.1f} s, {processor:6.1f} s of processor{''.join(more)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--firewalls", type=int, default=500)
    parser.add_argument("--latency", type=int, default=0, help="ms that each answer waits")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        workplace = Workplace(Path(scratch))
        workplace.timeout = 3600
        process, cloud = simulated(workplace.folder, arguments.firewalls, arguments.latency)
        try:
            now = int(time.time() * 1000)
            connection = {"region": "cn-north-4", "auth_url": cloud["url"], "endpoint": cloud["url"]}
            connection.update(access_key=cloud["access_key"], secret_key=cloud["secret_key"])
            variables = {
                "cloudaudit_huaweicloud_connection": connection,
                "cfw_flow_log_archive_path": str(workplace.folder / "archive"),
                "cfw_flow_log_archive_start_time": str(now - 12 * HOUR),
                "cfw_flow_log_archive_end_time": str(now),
                "cfw_flow_log_archive_settle": "0",
            }
            print(f"{arguments.firewalls} firewalls, {arguments.firewalls * 3} streams, {arguments.latency} ms of latency")
            inventory = workplace.folder / "all.cfw_firewall.yml"
            cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(workplace.folder / "cache")}
            given = {"plugin": "cloudaudit.huaweicloud.cfw_firewall", **connection, **cache}
            inventory.write_text(json.dumps(given), encoding="utf-8")
            for name, option in (("list", "--list"), ("graph, cached", "--graph")):
                command = ["ansible-inventory", "-i", str(inventory), option]
                with measured(name):
                    subprocess.run(command, env=workplace.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            for name in ("first run", "nothing new"):
                with measured(name) as more:
                    run = workplace.play(ARCHIVE_PLAYBOOK, variables)
                    if run.code:
                        sys.exit(run.output[-5000:])
                    result = run.task("Archive the flow logs of all chosen firewalls").result
                    more.append(f", {result['requests']:,} requests, {result['added']:,} records added")
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
