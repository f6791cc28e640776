# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done to a day's summary, verification names it."""

from __future__ import annotations

import hashlib
import json

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import document
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import check
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.tampered import Kinds

_kind = Kinds()


@_kind
def _day_changed(place):
    path = place.day()
    path.write_bytes(path.read_bytes().replace(b'"approximate":false', b'"approximate":true'))
    return "object-changed", place.key(path)


@_kind
def _day_removed(place):
    path = place.day()
    path.unlink()
    return "object-missing", place.key(path)


def _forge_day(place, change):
    path = place.day()
    key = place.key(path)
    summary = json.loads(path.read_bytes())
    change(summary)
    data = document(summary)
    path.write_bytes(data)

    def forge(commit):
        for day in commit["days"]:
            if day["key"] == key:
                day["sha256"] = hashlib.sha256(data).hexdigest()

    place.edit_commit(3, forge)
    place.edit_commit(4, forge)
    return key


@_kind
def _day_counts(place):
    return "summary-contradicts-chain", _forge_day(place, lambda summary: summary.update(records=1))


@_kind
def _day_bytes(place):
    return "summary-contradicts-data", _forge_day(place, lambda summary: summary.update(bytes=1))


@_kind
def _day_top(place):
    return "summary-contradicts-data", _forge_day(place, lambda summary: summary["top"]["src_ip"]["rows"].pop())


@_kind
def _day_of_another_date(place):
    return "summary-unreadable", _forge_day(place, lambda summary: summary.update(date="2020-01-01"))


@_kind
def _day_planted(place):
    path = place.day().with_name("2031-01-01.json")
    path.write_bytes(b"{}")
    return "object-uncommitted", place.key(path)


@pytest.mark.parametrize("tamper", _kind, ids=lambda kind: kind.__name__.strip("_"))
def test_found(place, tamper):
    kind, key = tamper(place)
    found = check(open_store(str(place.root)))
    assert (kind, key) in [(one[0], one[2]) for one in found], found
