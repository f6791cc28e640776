# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line that shows how far a verification is."""

from __future__ import annotations

from types import SimpleNamespace

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.progress import Progress
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.progress import VerifyingProgress
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.verify import verify
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import NOW, STREAM, records, run

OTHER = STREAM._replace(log_type="vpc")


def test_commits_then_days_then_the_time_left():
    now = [0.0]
    progress = VerifyingProgress(2, lambda: now[0])
    progress.begins(STREAM)
    progress.read_commit()
    now[0] = 4.0
    name = f"{STREAM.fw_instance_id}/internet"
    assert progress.line().split(" | ") == ["verifying stream 1 of 2", name, "1 commits"]
    progress.names("edge\x1b[2J")
    dates = [SimpleNamespace(seen=0, expected=6_000) for _number in range(4)]
    progress.reads_dates(dates)
    dates[0].seen = 6_000
    progress.read_date()
    now[0] = 8.0
    assert progress.line().split(" | ") == ["verifying stream 1 of 2", "edge [2J/internet", "day 2 of 4", "6,000 records, 1,500/s", "about 55 s left"]
    dates[1].seen = 3_000
    now[0] = 10.0
    assert "9,000 records, 1,500/s" in progress.line()
    progress.begins(OTHER)
    assert "9,000 records, 0/s" in progress.line()
    assert progress.line().startswith("verifying stream 2 of 2 | ")


def test_a_verification_tells_where_it_is(tmp_path):
    store = open_store(str(tmp_path / "archive"))
    for stream in (STREAM, OTHER):
        run(store, records(300), stream=stream)
    progress = Progress()
    lines = []
    verify(store, depth="data", now=NOW, progress=progress, observe=lambda _stream, _head: lines.append(progress.line()))
    assert ["verifying stream 1 of 2" in lines[0], "verifying stream 2 of 2" in lines[1]] == [True, True]
    assert "1 commits" in lines[0]
    assert "300 records" in lines[1]
    assert "600 records" in progress.line()
