# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit import traffic


def test_rows_of_summaries_are_added_up_bounded(monkeypatch):
    monkeypatch.setattr(traffic, "TRACKED", 50)
    counter = traffic.Counter()
    for number in range(5000):
        counter.add(f"rare{number}", 1, 1)
        counter.add("often", 1, 100)
    assert len(counter.counts) <= 50 and counter.approximate
    assert counter.rows(1) == [{"value": "often", "records": 5000, "bytes": 500_000}]
