# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apache Spark reads every encoding from version 4 on; 3.5 has no zstd for text. tests/parts/spark.sh installs both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from archives import DATES, ENCODINGS, files

HERE = Path(__file__).resolve().parent
PARTS = next((folder for folder in HERE.parents if (folder / ".cache" / "parts").is_dir()), HERE.parents[1]) / ".cache" / "parts"


def environment(version):
    target = PARTS / f"spark-{version}"
    if not (target / "complete").exists():
        pytest.fail(f"{target} is missing: run tests/parts/spark.sh", pytrace=False)
    return {**os.environ, "PYTHONPATH": str(target), "SPARK_HOME": str(target / "pyspark"), "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}


@pytest.fixture(scope="module", name="found", params=["4.3", "3.5"])
def _found(request, archive):
    """What one version of Spark answers, by encoding; one Java process for all of them."""
    places = [f"{encoding}={archive(encoding)[0]}" for encoding in ENCODINGS]
    command = [sys.executable, str(HERE / "spark_queries.py"), DATES[1], *places]
    done = subprocess.run(command, env=environment(request.param), capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    answers = json.loads(done.stdout.splitlines()[-1])
    assert answers["version"].startswith(request.param)
    return answers


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_record_once_and_a_date_from_its_own_files(found, archive, encoding):
    folder, expected = archive(encoding)
    if encoding == "jsonl.zst" and found["version"].startswith("3.5"):
        assert "native zStandard library not available" in found[encoding]["error"]
        return
    assert "error" not in found[encoding], found[encoding]["error"][:2000]
    assert [tuple(row) for row in found[encoding]["by_date"]] == expected.by_date()
    assert {(fw, log_type): count for fw, log_type, count in found[encoding]["streams"]} == expected.streams
    assert dict(found[encoding]["apps"]) == expected.apps
    assert (found[encoding]["files_of_date"], found[encoding]["files"]) == (len(files(folder, DATES[1])), len(files(folder)))
    assert found[encoding]["records_of_date"] == expected.records[DATES[1]]
