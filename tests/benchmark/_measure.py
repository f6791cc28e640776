# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of the benchmark: the simulated cloud, and the work that is measured against it."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

TESTS = Path(__file__).resolve().parents[1]
FAST, STDLIB = "fast stack", "standard library"
DAY_MS = 86_400_000
DAYS = 2
END = 1_790_812_800_000  # 2026-10-01: the data end here, so that every run archives the same windows
NOW = END + 20 * 60_000  # where the service's clock stands: all windows have settled
_STEADY = {"clock_ms": NOW, "max_skew_ms": 0, "gzip": False}
_LONGEST_RUN = 3600


class Failed(Exception):
    """A run that brought no figure, and why."""


class Cloud:
    """The simulator in a process of its own, with one world."""

    def __init__(self, folder: Path, firewalls: int, log_types: dict[str, int]) -> None:
        world = {
            "seed": 7,
            "now": END,
            "clock": "real",
            "days": DAYS,
            "shape": {"torture": 0},
            "projects": [{"name": "cn-north-4", "firewalls": [{"name": f"edge-{number}", "log_types": log_types} for number in range(firewalls)]}],
        }
        self.records = firewalls * sum(log_types.values())
        ready = folder / f"ready-{firewalls}-{self.records}"
        command = [sys.executable, str(TESTS / "simulator"), "--ready-file", str(ready), "--world", json.dumps(world), "--exit-with-parent"]
        self.process = subprocess.Popen(command)
        while not ready.exists():
            if self.process.poll() is not None:
                raise Failed("the simulator ended")
            time.sleep(0.05)
        about = json.loads(ready.read_text(encoding="utf-8"))
        ready.unlink()
        self.url: str = about["url"]
        project = about["projects"][0]
        self.firewalls = [{"project_id": project["id"], "fw_instance_id": firewall["id"]} for firewall in project["firewalls"]]
        self.log_types = list(log_types)
        self.connection = {"region": about["region"], "endpoint": self.url, "auth_url": self.url, "project_id": project["id"]}
        self.connection.update({name: about[name] for name in ("access_key", "secret_key")})
        self._login = {name: about[name] for name in ("user_name", "password", "domain_name")}

    def prepare(self, **switches: Any) -> None:
        """As after the start, with these switches; the clock stands."""
        self._control("POST", "reset", {})
        self._control("POST", "switches", {**_STEADY, **switches})

    def asked(self) -> dict[str, Any]:
        """Flow-log requests and the share of 429s since C{prepare}."""
        journal = self._control("GET", "requests")
        total = journal["total"]
        return {"requests": journal["by_api"].get("logs", 0), "refused": journal["by_status"].get("429", 0) / total if total else 0.0}

    def token(self) -> str:
        user = {"name": self._login["user_name"], "password": self._login["password"], "domain": {"name": self._login["domain_name"]}}
        scope = {"project": {"id": self.connection["project_id"]}}
        body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
        with urlopen(Request(f"{self.url}/v3/auth/tokens", json.dumps(body).encode(), method="POST")) as answer:
            token: str = answer.headers["X-Subject-Token"]
        return token

    def processor(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def _control(self, method: str, name: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self.url}/_sim/{name}", data, method=method)) as answer:
            return json.load(answer)


class Bench:
    """Starts processes and tells what they cost. Everything lies in C{folder}, which is the caller's to remove."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tree = folder / "collections" / "ansible_collections" / "cloudaudit"
        tree.mkdir(parents=True)
        (tree / "huaweicloud").symlink_to(TESTS.parent)
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR")}
        self._environment = {**kept, "PYTHONPATH": str(tree.parents[1]), "LC_ALL": "C.UTF-8"}
        self._clouds: dict[tuple[int, str], Cloud] = {}
        self._archives = 0

    def cloud(self, records: int, firewalls: int = 1, log_types: tuple[str, ...] = ("internet",)) -> Cloud:
        """One with so many records in each stream; it stays up for the rows that follow."""
        key = (firewalls, json.dumps(dict.fromkeys(log_types, records)))
        if key not in self._clouds:
            self._clouds[key] = Cloud(self.folder, firewalls, dict.fromkeys(log_types, records))
        return self._clouds[key]

    def forget(self, cloud: Cloud) -> None:
        """Stop one that takes much memory."""
        self._clouds = {key: other for key, other in self._clouds.items() if other is not cloud}
        cloud.stop()

    def close(self) -> None:
        for cloud in self._clouds.values():
            cloud.stop()

    def new_archive(self) -> Path:
        self._archives += 1
        return self.folder / f"archive-{self._archives}"

    def archive(self, cloud: Cloud, archive: Path, stack: str = FAST, concurrency: int = 8, rate_limit: float | None = 5000) -> dict[str, Any]:
        """Run the archive over all streams; every record must be there, and proven.

        Without a bound of the user's or the service's the pace rises slowly, so C{rate_limit} is set where no limit is tested.
        """
        options = {
            "archive": str(archive),
            "firewalls": cloud.firewalls,
            "log_types": cloud.log_types,
            "start_time": str(END - DAYS * DAY_MS),
            "end_time": str(END),
            "window": 3_600_000,
            "settle": 900_000,
            "recheck": True,
            "recheck_requests": 1000,
            "concurrency": concurrency,
            "encoding": "jsonl.gz",
        }
        cost = self._run({"work": "archive", "stack": stack, "connection": {**cloud.connection, "rate_limit": rate_limit}, "options": options})
        if cost["errors"] or cost["records"] != cloud.records or cost["windows"]["unproven"] or cost["windows"]["left"]:
            raise Failed(f"{cost['records']} of {cloud.records} records, windows {cost['windows']}, {'; '.join(cost['errors'])[:300]}")
        return cost

    def reference(self, work: str, cloud: Cloud, pages: int, stack: str = FAST, threads: int = 1) -> dict[str, Any]:
        """Let C{sdk}, C{download} or C{floor} work on the first pages."""
        order = {"work": work, "stack": stack, "pages": pages, "threads": threads, "end": END, "connection": cloud.connection}
        return self._run({**order, "fw_instance_id": cloud.firewalls[0]["fw_instance_id"], "token": cloud.token()})

    def _run(self, order: dict[str, Any]) -> dict[str, Any]:
        command = [sys.executable, str(Path(__file__).with_name("_child.py"))]
        done = subprocess.run(
            command, input=json.dumps(order), env=self._environment, stdout=subprocess.PIPE, text=True, timeout=_LONGEST_RUN, check=False
        )
        if done.returncode:
            raise Failed(f"{order['work']} with the {order['stack']} ended with {done.returncode}")
        cost: dict[str, Any] = json.loads(done.stdout)
        return cost


def data_of(archive: Path) -> dict[str, str]:
    """The data files of an archive and their hashes."""
    return {str(path.relative_to(archive)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(archive.glob("data/**/*")) if path.is_file()}
