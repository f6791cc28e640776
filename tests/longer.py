# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The longer test run: what takes more than minutes, or parts that are installed for it (tests/parts).

    tests/longer.py [stage ...]
"""

from __future__ import annotations

import os
import subprocess
import sys

from checkout import COLLECTIONS, ROOT, TREE
from everyday import main, pytest_stage

PARTS = {"stores": "ceph", "in-buckets": "ceph", "engines": "spark", "reports": "report", "fleet": "ceph"}  # what a stage needs to be installed

WITH_PLUGIN = os.pathsep.join([str(COLLECTIONS), str(TREE / "tests" / "store_tests")])

STAGES = {
    "readings": pytest_stage("tests/collector_tests/test_readings.py", dist="load", FAULTY_READINGS="all"),
    "tampering": pytest_stage("tests/tamper_tests", dist="load", TAMPERINGS="1000"),
    "engines": pytest_stage("tests/engine_tests"),
    "reports": pytest_stage("tests/report_tests"),
    "playbooks": pytest_stage("tests/integration/playbook_tests", "-m", "long"),
    "progress": pytest_stage("tests/integration/progress_tests", "-m", "long"),
    "fleet": pytest_stage("tests/integration/fleet_tests", FLEET_FIREWALLS="500"),
    "stores": pytest_stage("tests/store_tests", "--kills", "200", "--meeting", "60", dist="worksteal"),
    "package": pytest_stage("tests/package_tests"),
    "in-buckets": pytest_stage("tests/unit/plugins/module_utils/archive", "tests/tamper_tests", "-p", "on_object_store", PYTHONPATH=WITH_PLUGIN),
}

if __name__ == "__main__":
    for stage in sys.argv[1:] or STAGES:
        if stage in PARTS:
            subprocess.run([ROOT / "tests" / "parts" / f"{PARTS[stage]}.sh"], check=True)
    sys.exit(main(STAGES, sys.argv[1:]))
