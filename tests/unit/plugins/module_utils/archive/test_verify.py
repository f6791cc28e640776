# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What verification says of heads that are known, of ranges, of streams that are expected; and what it refuses."""

from __future__ import annotations

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.verify import verify
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import NOW, STREAM, check, data_lines
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.tampered import LATER


def test_the_tail_cut_off_is_found_with_a_known_head(place):
    report = verify(open_store(str(place.root)), depth="chain", now=NOW)
    head = report["streams"][0]["head"]
    known = dict(STREAM._asdict(), sequence=head["sequence"], sha256=head["sha256"])
    store = open_store(str(place.root))
    assert check(store, heads=[known, head["sha256"]]) == []
    for path in place.root.glob("data/**/000000004-*"):
        path.unlink()
    path = place.commit(4)
    path.unlink()
    assert [one[0] for one in check(store) if one[1] == "error"] == []  # by itself it looks whole
    for depth in ("none", "chain", "data"):
        assert ("chain-shortened", "error", place.key(path)) in check(store, depth, heads=[known])
        assert "head-unknown" in [one[0] for one in check(store, depth, heads=[head["sha256"]])]


def test_a_chain_written_anew_is_found_with_a_known_head(place):
    store = open_store(str(place.root))
    head = verify(store, depth="none", now=NOW)["streams"][0]["head"]
    known = dict(STREAM._asdict(), sequence=head["sequence"], sha256=head["sha256"])
    place.edit_commit(1, lambda commit: commit["collection"].update(host="forged"))
    assert check(store) == []
    for depth in ("none", "chain"):
        assert ("chain-forked", "error", head["key"]) in check(store, depth, heads=[known])


def test_a_range_reads_only_its_dates(place):
    store = open_store(str(place.root))
    path = place.data(0, 1)
    path.write_bytes(b"")
    first = NOW - 2 * DAY_MS
    assert "object-changed" in [one[0] for one in check(store, start=first, end=NOW)]
    report = verify(store, depth="data", start=LATER - DAY_MS, end=LATER, now=NOW)
    assert report["records"] == 200
    assert report["gaps"] == []


def test_gaps_and_verdicts_of_a_range_are_exact(place):
    store = open_store(str(place.root))
    start, end = NOW - 8 * DAY_MS, LATER + 3
    report = verify(store, depth="none", start=start, end=end, now=NOW)["streams"][0]
    assert report["gaps"] == [[start, NOW - 7 * DAY_MS], [NOW, LATER - 7 * DAY_MS], [LATER, end]]
    assert report["verdicts"]["complete"]["ms"] == 14 * DAY_MS
    assert report["oldest"] == NOW - 7 * DAY_MS


def test_an_expected_stream_that_is_not_there_is_a_finding(place):
    expected = STREAM._replace(log_type="nat")
    report = verify(open_store(str(place.root)), streams=[STREAM, expected], start=NOW - DAY_MS, end=NOW, depth="none", now=NOW)
    assert [one["id"] for one in report["findings"]] == ["stream-missing"]
    assert report["gaps"] == [dict(expected._asdict(), start=NOW - DAY_MS, end=NOW)]


def test_no_archive_is_not_an_empty_archive(tmp_path):
    with pytest.raises(ArchiveError, match="does not exist"):
        verify(open_store(str(tmp_path / "nothing")), now=NOW)
    with pytest.raises(ArchiveError, match="not an archive"):
        verify(open_store(str(tmp_path)), now=NOW)


def test_bad_options_are_refused(place):
    store = open_store(str(place.root))
    with pytest.raises(OptionError, match="depth"):
        verify(store, depth="deep", now=NOW)
    with pytest.raises(OptionError, match="SHA-256"):
        verify(store, heads=["abc"], now=NOW)


def test_the_records_of_several_commits_are_counted_once(place):
    assert len(data_lines(place.root)) == 800
    assert verify(open_store(str(place.root)), depth="chain", now=NOW)["records"] == 800
