# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demonstration tells people to paste does what it says."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

from demo import closing


def test_the_end_tells_the_verdict_and_its_query_works_when_pasted(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "project_id=p" / "fw_instance_id=f" / "log_type=vpc" / "date=2026-11-22"
    folder.mkdir(parents=True)
    records = b'{"log_id": "1", "bytes": 34.5}\n{"log_id": "2", "bytes": 2000000, "new_field": {}}\n{"log_id": "3"}\n'
    (folder / "000000001-000-0123456789ab.jsonl.gz").write_bytes(gzip.compress(records))
    finding = {"severity": "error", "message": "The project p could not be read."}
    (tmp_path / "audit.json").write_text(json.dumps({"verdict": "failed", "findings": [finding]}))
    told, _blank, pasted = closing(tmp_path, tmp_path).partition("\n\n")
    assert told.index("verdict: failed\n  error: The project p could not be read.") < told.index("report.html")
    command, _blank, following = pasted.rpartition("\n\n")
    assert following.startswith("Next: ") and "make cloud" in following
    answer = subprocess.run(["bash"], input=command, capture_output=True, text=True, check=True)
    row = next(line for line in answer.stdout.splitlines() if "vpc" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == ["f", "vpc", "3", "2.0"]
