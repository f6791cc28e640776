# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The built tarball holds what users need, and README's quick start works with it alone; only the cloud is simulated."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath

from installed import Installed

from simulator import Simulator

NEEDED = {"plugins", "roles", "playbooks", "meta", "docs", "extensions", "LICENSES"}
QUICK_START = re.compile(r"^ansible-playbook cloudaudit\.huaweicloud\.archive .*$", re.MULTILINE)
LARGEST = 500_000  # bytes; what is more has to be looked at


def test_it_holds_what_users_need_and_nothing_else(installed: Installed) -> None:
    paths = [PurePosixPath(name) for name in installed.names()]
    assert {path.parts[0] for path in paths if len(path.parts) > 1} <= NEEDED
    assert {path.name for path in paths if len(path.parts) == 1} == {
        *("FILES.json", "MANIFEST.json", "README.md", "README.zh-CN.md", "LICENSE", "CHANGELOG.md", "CODE_OF_CONDUCT.md", "requirements.txt"),
    }
    assert {str(path) for path in paths if path.parts[0] == "extensions"} == {"extensions/verify.py"}
    assert not [path for path in paths if path.suffix == ".pyc" or path.name.startswith(".")]
    assert installed.tarball.stat().st_size < LARGEST


def test_links_of_readme_lead_somewhere_from_galaxy_too(installed: Installed) -> None:
    for name in ("README.md", "README.zh-CN.md"):
        targets = re.findall(r"\]\(([^)]*)\)", (installed.collection / name).read_text(encoding="utf-8"))
        assert targets and [target for target in targets if not target.startswith(("https://", "#"))] == []


def test_quick_start(installed: Installed) -> None:
    [command] = QUICK_START.findall((installed.collection / "README.md").read_text(encoding="utf-8"))
    with Simulator("small") as cloud:
        simulated = {"cloudaudit_huaweicloud_connection": {"endpoint": cloud.url}}
        (installed.home / "simulated.json").write_text(json.dumps(simulated), encoding="utf-8")
        key = {"HW_ACCESS_KEY": cloud.world.access_key, "HW_SECRET_KEY": cloud.world.secret_key, "HW_REGION_NAME": "cn-north-4", "HW_AUTH_URL": cloud.url}
        archived = installed.run(f"{command} -e @simulated.json", **key)
    assert archived.returncode == 0, archived.stdout
    assert "no finding" in archived.stdout
    [records] = re.findall(r"In all ([0-9,]+) records", archived.stdout)
    assert int(records.replace(",", "")) > 2000  # of 3,250; the youngest of them have to settle

    verified = installed.run(f"python {installed.collection}/extensions/verify.py cfw-archive")
    assert verified.returncode == 0, verified.stdout

    documented = installed.run("ansible-doc cloudaudit.huaweicloud.cfw_flow_log_archive")
    assert "Collects the flow logs of one or many firewalls" in documented.stdout, documented.stdout
