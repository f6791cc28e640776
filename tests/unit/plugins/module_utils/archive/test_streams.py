# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which streams an archive holds, and what it costs to ask about a few of many firewalls."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.streams import find_streams, find_streams_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import Stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import Store, open_store

STREAMS = [Stream(f"p{number % 5}", f"fw-{number}", log_type) for number in range(50) for log_type in ("internet", "nat")]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    for stream in STREAMS:
        (tmp_path / stream.evidence_prefix()).mkdir(parents=True)
    (tmp_path / Stream("p0", "fw-0", "vpc").data_prefix()).mkdir(parents=True)
    return open_store(str(tmp_path))


def test_all_streams_are_found(store: Store) -> None:
    assert find_streams(store) == sorted([*STREAMS, Stream("p0", "fw-0", "vpc")])


def test_few_firewalls_of_many(store: Store) -> None:
    found = [Stream("p0", "fw-0", log_type) for log_type in ("internet", "nat", "vpc")] + [Stream("p1", "fw-1", log_type) for log_type in ("internet", "nat")]
    assert find_streams_of(store, [("p1", "fw-1"), ("p0", "fw-0"), ("p9", "fw-none")]) == (found, False)


def test_all_firewalls_are_said_to_be_all(store: Store) -> None:
    assert find_streams_of(store, [(stream.project_id, stream.fw_instance_id) for stream in STREAMS]) == (find_streams(store), True)


def test_one_firewall_is_found_without_looking_at_the_others(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[str] = []
    folders = type(store).folders
    monkeypatch.setattr(type(store), "folders", lambda self, prefix: listed.append(prefix) or folders(self, prefix))
    find_streams_of(store, [("p4", "fw-49")])
    assert len(listed) == 4, listed  # evidence, its first project, and the firewall itself in evidence and data
