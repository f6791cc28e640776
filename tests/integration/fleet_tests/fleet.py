# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of simulated firewalls, ways to archive it, and what two archives of it have to agree in."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from playbook import Workplace
from simulator import Simulator

FIREWALLS = int(os.environ.get("FLEET_FIREWALLS", "12"))
TIMEOUT = 600 + 10 * FIREWALLS  # seconds; a run that takes longer hangs
TESTS = Path(__file__).resolve().parents[2]
HOUR = 3_600_000
RECORDS = {"internet": 9, "vpc": 5, "nat": 2}


def world(firewalls: int = FIREWALLS) -> dict[str, Any]:
    """Firewalls with a few records of each type, ten or three to a project."""
    a_project = 10 if firewalls > 30 else 3
    entries = [{"name": f"fw-{number:03}", "tags": {"site": f"s{number % 7}"}, "log_types": RECORDS} for number in range(firewalls)]
    projects = [{"name": f"cn-north-4_p{first}", "firewalls": entries[first : first + a_project]} for first in range(0, firewalls, a_project)]
    return {"days": 0.5, "projects": projects}


def connection(cloud: Simulator) -> dict[str, Any]:
    """Connection options for all projects, the access key among them."""
    options = cloud.options()
    del options["project_id"]
    return options


def variables(cloud: Simulator, archive: Path | str, **more: Any) -> dict[str, Any]:
    """The role's variables for the last twelve hours; nothing of them is still to come."""
    given = {"path": str(archive), "start_time": str(cloud.world.begins_at - 12 * HOUR), "end_time": str(cloud.world.begins_at), "settle": "0", **more}
    return {f"cfw_flow_log_archive_{name}": value for name, value in given.items()}


def inventory_file(workplace: Workplace, cloud: Simulator, **more: Any) -> str:
    path = workplace.folder / "fleet.cfw_firewall.yml"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"plugin": "cloudaudit.huaweicloud.cfw_firewall", **connection(cloud), **more}), encoding="utf-8")
    return str(path)


def listed_hosts(workplace: Workplace, inventory: str) -> dict[str, dict[str, Any]]:
    """Each host's variables as AWX imports them: what ansible-inventory exports, marks of texts that are no templates included."""
    command = ["ansible-inventory", "-i", inventory, "--list", "--export"]
    finished = subprocess.run(command, cwd=workplace.folder, env=workplace.environment(), capture_output=True, text=True, timeout=TIMEOUT, check=True)
    hosts: dict[str, dict[str, Any]] = json.loads(finished.stdout[finished.stdout.index("{\n") :])["_meta"]["hostvars"]
    return hosts


def sliced(hosts: dict[str, dict[str, Any]], number: int, count: int) -> dict[str, dict[str, Any]]:
    """Slice number (from 1) of count, as AWX gives it to a job: every count-th host in the order of their names."""
    return {name: hosts[name] for name in sorted(hosts)[number - 1 :: count]}


def content(archive: Path) -> dict[str, Any]:
    """All that an archive holds and states; without what is a run's own affair, such as times and request IDs."""
    files = {path.relative_to(archive).as_posix(): path.read_bytes() for root in ("data", "evidence") for path in (archive / root).rglob("*") if path.is_file()}
    return {name: _stated(data) if "/commits/" in name else hashlib.sha256(data).hexdigest() for name, data in files.items()}


def _stated(commit: bytes) -> dict[str, Any]:
    stated = json.loads(commit)
    for own in ("created", "collection"):
        del stated[own]
    # when a window was asked about: the fifth value of a row of coverage
    stated["coverage"] = [row[:4] for row in stated["coverage"]]
    for window in stated["windows"]:
        del window["settled"]
    if stated["previous"] is not None:
        stated["previous"] = stated["previous"]["key"]
    return stated
