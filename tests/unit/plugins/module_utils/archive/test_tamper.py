# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done to an archive, verification names the object that it was done to."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from pathlib import Path

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import document
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.store import open_store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.verify import verify
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, OptionError
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import (
    NOW,
    STREAM,
    asked,
    check,
    data_lines,
    records,
    run,
)

LATER = NOW + 8 * DAY_MS


@pytest.fixture(name="pristine", scope="module")
def _pristine(tmp_path_factory):
    """Four commits, two of them about the same dates, with summaries of some days."""
    store = open_store(str(tmp_path_factory.mktemp("pristine") / "archive"))
    some = records(600, start=NOW - DAY_MS)
    run(store, some[::2])
    run(store, some, now=NOW + 1)
    recent = records(200, start=LATER - DAY_MS, end=LATER, seed=3)
    run(store, recent[:100], asked(LATER - 7 * DAY_MS, LATER, now=LATER), now=LATER)
    run(store, recent, asked(LATER - 7 * DAY_MS, LATER, now=LATER + 1), now=LATER + 1)
    assert check(store) == []
    return store.root


@pytest.fixture(name="place")
def _place(pristine, tmp_path):
    return Place(Path(shutil.copytree(pristine, tmp_path / "archive")))


class Place:
    """An archive to tamper with."""

    def __init__(self, root):
        self.root = root

    def data(self, number=0, sequence=1):
        return sorted(self.root.glob(f"data/**/{sequence:09d}-*.gz"))[number]

    def commit(self, sequence):
        return next(self.root.glob(f"evidence/**/commits/*/{sequence:09d}.json"))

    def day(self):
        return max(self.root.glob("evidence/**/days/*.json"), key=lambda path: json.loads(path.read_bytes())["records"])

    def key(self, path):
        return path.relative_to(self.root).as_posix()

    def lines(self, path):
        return gzip.decompress(path.read_bytes()).splitlines(keepends=True)

    def edit_commit(self, sequence, change):
        """Change a commit and write the chain anew from there on: only what the commits state can betray it."""
        previous = None
        for number in range(sequence, 5):
            path = self.commit(number)
            commit = json.loads(path.read_bytes())
            if number == sequence:
                change(commit)
            if previous is not None:
                commit["previous"]["sha256"] = previous
            data = document(commit)
            path.write_bytes(data)
            previous = hashlib.sha256(data).hexdigest()

    def edit_data(self, change, number=0, sequence=1, keep_name=True):
        """Change a file's lines and forge everything that states its bytes."""
        path = self.data(number, sequence)
        key = self.key(path)
        lines = change(self.lines(path))
        stored = gzip.compress(b"".join(lines), mtime=0)
        digest = hashlib.sha256(stored).hexdigest()
        forged = path.with_name(path.name[:14] + digest[:12] + ".jsonl.gz")
        path.unlink()
        forged.write_bytes(stored)

        def forge(commit):
            for entry in commit["data"]:
                if entry["key"] == key:
                    entry.update(key=self.key(forged), sha256=digest, bytes=len(stored))

        self.edit_commit(sequence, forge)
        return self.key(forged)


KINDS = []


def _kind(tamper):
    """A way to tamper; returns the finding that must name it: (id, key)."""
    KINDS.append(tamper)
    return tamper


def _swap(lines):
    return lines[1:2] + lines[0:1] + lines[2:]


@_kind
def _flip_byte(place):
    path = place.data()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return "object-changed", place.key(path)


@_kind
def _flip_header_byte(place):
    path = place.data()
    data = bytearray(path.read_bytes())
    data[4] ^= 1  # gzip's mtime: the content stays readable and equal
    path.write_bytes(data)
    return "object-changed", place.key(path)


@_kind
def _cut_file(place):
    path = place.data()
    path.write_bytes(path.read_bytes()[:-20])
    return "data-unreadable", place.key(path)


@_kind
def _append_member(place):
    path = place.data()
    path.write_bytes(path.read_bytes() + gzip.compress(place.lines(path)[-1]))
    return "record-twice", place.key(path)


@_kind
def _append_garbage(place):
    path = place.data()
    path.write_bytes(path.read_bytes() + b"\0" * 64)
    return "object-changed", place.key(path)


@_kind
def _empty_file(place):
    path = place.data()
    path.write_bytes(b"")
    return "object-changed", place.key(path)


@_kind
def _remove_data(place):
    path = place.data()
    path.unlink()
    return "object-missing", place.key(path)


@_kind
def _link_instead_of_data(place):
    path = place.data()
    target = place.root.parent / "elsewhere"
    path.rename(target)
    path.symlink_to(target)
    return "data-unreadable", place.key(path)


@_kind
def _folder_instead_of_data(place):
    path = place.data()
    path.unlink()
    path.mkdir()
    return "data-unreadable", place.key(path)


@_kind
def _rename_data(place):
    path = place.data()
    path.rename(path.with_name(path.name[:10] + "005" + path.name[13:]))
    return "object-missing", place.key(path)


@_kind
def _plant_data(place):
    path = place.data().with_name("000000001-009-0123456789ab.jsonl.gz")
    path.write_bytes(gzip.compress(b"{}\n"))
    return "object-uncommitted", place.key(path)


@_kind
def _plant_future_data(place):
    path = place.data().with_name("000000099-000-0123456789ab.jsonl.gz")
    path.write_bytes(gzip.compress(b"{}\n"))
    return "object-uncommitted", place.key(path)


@_kind
def _plant_unknown_name(place):
    path = place.data().with_name("more.jsonl.gz")
    path.write_bytes(gzip.compress(b"{}\n"))
    return "object-unknown", place.key(path)


@_kind
def _plant_outside_streams(place):
    path = place.root / "data" / "more.jsonl.gz"
    path.write_bytes(gzip.compress(b"{}\n"))
    return "object-unknown", place.key(path)


@_kind
def _plant_evidence(place):
    path = place.commit(1).with_name("note.txt")
    path.write_bytes(b"hello")
    return "object-unknown", place.key(path)


@_kind
def _commit_in_the_wrong_thousand(place):
    path = place.commit(2)
    folder = path.parent.with_name("000001")
    folder.mkdir()
    shutil.copy(path, folder / path.name)
    return "object-unknown", place.key(folder / path.name)


@_kind
def _edit_commit_only(place):
    path = place.commit(2)
    path.write_bytes(path.read_bytes().replace(b'"host":"test"', b'"host":"best"'))
    return "chain-broken", place.key(path)


@_kind
def _remove_commit(place):
    path = place.commit(2)
    path.unlink()
    return "commit-missing", place.key(path)


@_kind
def _remove_first_commit(place):
    path = place.commit(1)
    path.unlink()
    return "commit-missing", place.key(path)


@_kind
def _bad_json_commit(place):
    path = place.commit(3)
    path.write_bytes(b"{")
    return "commit-unreadable", place.key(path)


@_kind
def _swap_commits(place):
    one, two = place.commit(1).read_bytes(), place.commit(2).read_bytes()
    place.commit(1).write_bytes(two)
    place.commit(2).write_bytes(one)
    return "commit-unreadable", place.key(place.commit(1))


@_kind
def _other_streams_commit(place):
    place.edit_commit(2, lambda commit: commit["stream"].update(log_type="vpc"))
    return "commit-unreadable", place.key(place.commit(2))


@_kind
def _coverage_widened(place):
    place.edit_commit(4, lambda commit: commit["coverage"][0].__setitem__(0, commit["coverage"][0][0] - DAY_MS))
    return "coverage-contradicts-chain", place.key(place.commit(4))


@_kind
def _coverage_verdict(place):
    place.edit_commit(3, lambda commit: commit["coverage"][-1].__setitem__(2, "unproven"))
    return "coverage-contradicts-chain", place.key(place.commit(3))


@_kind
def _coverage_overlap(place):
    place.edit_commit(4, lambda commit: commit["coverage"].append(commit["coverage"][-1]))
    return "commit-unreadable", place.key(place.commit(4))


@_kind
def _coverage_count(place):
    place.edit_commit(2, lambda commit: commit["coverage"][-1].__setitem__(3, 10**6))
    return "coverage-contradicts-chain", place.key(place.commit(2))


@_kind
def _window_grown(place):
    def change(commit):
        window = next(window for window in commit["windows"] if window["added"])
        window["added"] += 1
        window["records"] += 1

    place.edit_commit(1, change)
    return "commit-contradicts-itself", place.key(place.commit(1))


@_kind
def _window_total(place):
    place.edit_commit(2, lambda commit: commit["windows"][0].update(records=commit["windows"][0]["records"] + 1))
    return "window-contradicts-chain", place.key(place.commit(2))


@_kind
def _window_moved(place):
    """Two windows of a day trade what they say was added: totals and coverage still fit; only the data tells."""

    def change(commit):
        some = [window for window in commit["windows"] if window["added"]][-8:]
        left, right = next((a, b) for a in some for b in some if a["added"] != b["added"])
        left["added"], right["added"] = right["added"], left["added"]
        for window in (left, right):
            window["records"] = window["added"]
            next(row for row in commit["coverage"] if row[0] == window["start"])[3] = window["added"]

    place.edit_commit(1, change)
    return "window-contradicts-data", place.key(place.commit(1))


@_kind
def _entry_of_another_commit(place):
    place.edit_commit(2, lambda commit: commit["data"].append(json.loads(place.commit(1).read_bytes())["data"][0]))
    return "commit-contradicts-itself", place.key(place.commit(2))


@_kind
def _entry_dropped(place):
    key = place.key(place.data())
    place.edit_commit(1, lambda commit: commit.update(data=[entry for entry in commit["data"] if entry["key"] != key]))
    return "object-uncommitted", key


@_kind
def _entry_records(place):
    place.edit_commit(1, lambda commit: commit["data"][0].update(records=commit["data"][0]["records"] + 1))
    return "count-contradicts-data", place.key(place.data())


@_kind
def _entry_span(place):
    place.edit_commit(1, lambda commit: commit["data"][0].update(first=commit["data"][0]["first"] - 1))
    return "span-contradicts-data", place.key(place.data())


@_kind
def _record_removed(place):
    return "count-contradicts-data", place.edit_data(lambda lines: lines[:5] + lines[6:])


@_kind
def _record_twice(place):
    return "record-twice", place.edit_data(lambda lines: lines[:5] + lines[4:5] + lines[6:])


@_kind
def _record_also_in_another_file(place):
    path, other = place.data(0, 1), place.data(0, 2)
    assert path.parent == other.parent
    taken = place.lines(path)[7]
    time = json.loads(taken)["start_time"]

    def replace(lines):
        times = [json.loads(line)["start_time"] for line in lines]
        near = min(range(len(lines)), key=lambda at: abs(times[at] - time))
        return sorted(lines[:near] + [taken] + lines[near + 1:], key=lambda line: json.loads(line)["start_time"])

    key = place.edit_data(replace, 0, 2)
    found = [one for one in check(open_store(str(place.root))) if one[0] == "record-twice"]
    assert [one[2] for one in found] in ([key], [place.key(path)])
    return "record-twice", found[0][2]


@_kind
def _records_swapped(place):
    return "records-out-of-order", place.edit_data(_swap)


@_kind
def _record_of_another_day(place):
    moved = b'"start_time" : %d' % (NOW - 5 * DAY_MS)
    return "record-on-wrong-date", place.edit_data(lambda lines: [lines[0].split(b'"start_time"')[0] + moved + b"}\n"] + lines[1:])


@_kind
def _record_outside_windows(place):
    """A commit of two windows, then a record between them."""
    gone = {}

    def change(commit):
        gone.update(next(window for window in commit["windows"] if window["added"]))
        commit["windows"] = [window for window in commit["windows"] if window["start"] != gone["start"]]

    place.edit_commit(1, change)
    return "record-outside-window", place.key(place.data())


@_kind
def _line_not_json(place):
    return "bad-json", place.edit_data(lambda lines: lines[:3] + [b"{not json}\n"] + lines[4:])


@_kind
def _line_not_a_record(place):
    return "bad-record", place.edit_data(lambda lines: lines[:3] + [b"[1]\n"] + lines[4:])


@_kind
def _line_without_time(place):
    return "bad-record", place.edit_data(lambda lines: lines[:3] + [b'{"log_id":"x"}\n'] + lines[4:])


@_kind
def _last_line_cut(place):
    return "line-without-end", place.edit_data(lambda lines: lines[:-1] + [lines[-1].rstrip(b"\n")])


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


def test_there_are_many_kinds():
    assert len(KINDS) >= 40


@pytest.mark.parametrize("tamper", KINDS, ids=lambda kind: kind.__name__.strip("_"))
def test_found(place, tamper):
    kind, key = tamper(place)
    found = check(open_store(str(place.root)))
    assert (kind, key) in [(one[0], one[2]) for one in found], found


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
