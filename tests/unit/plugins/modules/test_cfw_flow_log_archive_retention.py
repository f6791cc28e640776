# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cfw_flow_log_archive_retention. What is removed, and how it is stated, is tested with the archive."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.plugins.modules import cfw_flow_log_archive_info, cfw_flow_log_archive_retention
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import STREAM, asked, records, run
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.run_module import run_module

NAT = STREAM._replace(log_type="nat")


@pytest.fixture(name="archive")
def _archive(tmp_path):
    """Two streams with records of a day 40 days ago, one of them with younger ones too."""
    store = open_store(str(tmp_path / "archive"))
    now = time.time_ns() // 1_000_000
    old = now - 40 * DAY_MS
    for stream in (STREAM, NAT):
        start = old - old % DAY_MS - DAY_MS
        run(store, records(30, start, start + DAY_MS), asked(start, start + DAY_MS, now=old), now=old, stream=stream)
    start = now - now % DAY_MS - 2 * DAY_MS
    run(store, records(20, start, start + DAY_MS, seed=2), asked(start, start + DAY_MS, now=now), now=now)
    return store.root


def retention(archive, check_mode=False, diff=False, **options):
    return run_module(cfw_flow_log_archive_retention, {"archive": archive, "retention_days": 30, **options}, check_mode=check_mode, diff=diff)


def files(archive):
    return sorted(path for path in Path(archive).rglob("*") if path.is_file())


def test_expired_data_go_and_the_archive_verifies(archive):
    result = retention(archive, reason="policy 4", diff=True)
    assert "failed" not in result and result["changed"] is True and result["records"] == 60
    assert [stream["log_type"] for stream in result["streams"]] == ["internet", "nat"] and result["diff"]["after"].count("\n") == 2
    audit = run_module(cfw_flow_log_archive_info, {"archive": archive, "verify": "data"})
    assert [finding["severity"] for finding in audit["findings"] if "policy 4" in finding["message"]] == ["notice", "notice"]
    assert {stream["log_type"]: stream["head"] for stream in audit["streams"]} == {stream["log_type"]: stream["head"] for stream in result["streams"]}
    whole = files(archive)
    again = retention(archive)
    assert again["changed"] is False and again["files"] == 0 and files(archive) == whole
    assert again["streams"][0]["removed_before"] == result["streams"][0]["removed_before"]


def test_check_mode_plans_the_same_and_changes_nothing(archive):
    whole = files(archive)
    planned = retention(archive, check_mode=True)
    assert files(archive) == whole
    done = retention(archive)
    assert planned["changed"] is True and [planned[name] for name in ("files", "records", "bytes")] == [done[name] for name in ("files", "records", "bytes")]


@pytest.mark.parametrize("options", [{"retention_days": 6}, {"retention_days": 40_000}, {"reason": "x" * 501}])
def test_what_is_out_of_range_is_refused(archive, options):
    whole = files(archive)
    result = retention(archive, **options)
    assert result["failed"] is True and result["option"] in options and files(archive) == whole


def test_a_retention_must_be_named(archive):
    result = run_module(cfw_flow_log_archive_retention, {"archive": archive})
    assert result["failed"] is True and "retention_days" in result["msg"]


def test_no_archive_is_an_error(tmp_path):
    assert retention(str(tmp_path / "nowhere"))["failed"] is True


def test_a_file_that_stays_fails_the_task_after_the_others(archive, monkeypatch):
    real = Path(archive, STREAM.data_prefix())
    [path] = [path for path in real.rglob("*.gz") if path.parent.name == min(one.name for one in real.iterdir())]
    store_type = type(open_store(archive))
    delete = store_type.delete

    def locked(self, key):
        if Path(self.root, key) == path:
            self._fail("remove", key, PermissionError(1, "Operation not permitted"))
        delete(self, key)

    monkeypatch.setattr(store_type, "delete", locked)
    result = retention(archive)
    assert result["failed"] is True and result["changed"] is True and path.exists()
    assert [bool(stream["error"]) for stream in result["streams"]] == [True, False] and result["streams"][0]["kept"] == [path.relative_to(archive).as_posix()]
    monkeypatch.undo()
    assert retention(archive)["files"] == 0 and not path.exists()
