# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives of every encoding, and mixed ones: both verifiers say the same, and the shipped one says what it can't read."""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import document
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.spool import Spool
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import Window, grid
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.writer import commit_stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.encoding import ENCODINGS, new_writer, read_blocks
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from place import LATER, NOW, STREAMS
from test_tampering import SHIPPED, by_the_collection, by_the_shipped_one

LIBRARIES = {"jsonl.zst": "zstandard", "parquet": "pyarrow"}
MIXES = [(encoding, encoding) for encoding in ENCODINGS] + [("jsonl.gz", "parquet"), ("parquet", "jsonl.zst")]
HARD = [
    {"bytes": 34.5, "dst_host": None},
    {"bytes": 0.1, "protocol": 6, "dst_port": "22"},
    {"bytes": "7", "rule": {"a": [1, None, 2.50]}},
    {"bytes": 10**40, "packets": True, "x": None},
    {"app": "\ud800", "\ud800": "\ud800", "src_port": 70_000, "dst_port": 1.5},
    {"dst_host": 'with "quotes", {braces}\u00e9', "packets": None, "direction": {"a": 1}, "log_id": 7},
]


def _some(count, seed):
    dice = random.Random(seed)
    for number in range(count):
        time = NOW - dice.randrange(2 * DAY_MS) - 1
        body: dict[str, Any] = {"app": dice.choice(["SSH", "DNS"]), "bytes": dice.randrange(9000), "direction": "out2in"}
        body.update(dst_ip="198.51.100.7", dst_port=22)
        body.update(end_time=time + 9, log_id=f"{seed}-{number}", packets=3, protocol="TCP", src_ip=f"10.0.0.{dice.randrange(30)}", start_time=time)
        hard: Any = HARD[number % 50] if number % 50 < len(HARD) else {}
        body.update(hard)
        yield Record(time, str(body["log_id"]), time + 9, json.dumps(body).encode())


def _commit(root, records, encoding, now, start):
    store = open_store(str(root))
    windows = [Window(a, b, "complete", (), now) for a, b in grid(start, start + 2 * DAY_MS)]
    with store.workspace() as folder:
        spool = Spool(folder)
        spool.add(records)
        more: dict[str, Any] = {"collection": {}, "firewall": None, "region": None, "endpoint": None}
        commit_stream(store, STREAMS[0], spool, windows, now=now, encoding=encoding, **more)


@pytest.fixture(name="archives", scope="module")
def _archives(tmp_path_factory):
    """By their two encodings: the first commit is of the one, late records are of the other; then the days are closed."""
    made = {}
    for mix in MIXES:
        root = made[mix] = tmp_path_factory.mktemp("-".join(mix)) / "archive"
        first = NOW - NOW % DAY_MS - DAY_MS
        records = [one for one in _some(700, 1) if first <= one.start_time < NOW]
        _commit(root, records, mix[0], NOW, first)
        _commit(root, [*records, *(one for one in _some(200, 2) if first <= one.start_time < NOW)], mix[1], NOW + 1, first)
        _commit(root, [], mix[0], LATER, LATER - LATER % DAY_MS)
    return made


@pytest.fixture(name="root", params=MIXES, ids="+".join)
def _root(archives, request, tmp_path):
    return Path(shutil.copytree(archives[request.param], tmp_path / "archive"))


def _files(root, *encodings):
    return [path for path in sorted(root.glob("data/**/*.*")) if path.is_file() and (not encodings or path.name.endswith(encodings))]


def _key(root, path):
    return path.relative_to(root).as_posix()


def _replace(root, path, data):
    """Put other bytes in a file's place, and make the chain fit."""
    old, digest = _key(root, path), hashlib.sha256(data).hexdigest()
    forged = path.with_name(path.name[:14] + digest[:12] + path.name[26:])
    path.unlink()
    forged.write_bytes(data)
    previous = None
    for commit_path in sorted(root.glob("evidence/**/commits/*/*.json")):
        commit = json.loads(commit_path.read_bytes())
        for entry in commit["data"]:
            if entry["key"] == old:
                entry.update(key=_key(root, forged), sha256=digest, bytes=len(data))
        if previous is not None:
            commit["previous"]["sha256"] = previous
        commit_path.write_bytes(document(commit))
        previous = hashlib.sha256(commit_path.read_bytes()).hexdigest()
    return _key(root, forged)


def _command(root):
    """The shipped verifier as a program that finds no library."""
    return subprocess.run([sys.executable, "-I", "-S", str(SHIPPED), "--json", str(root)], capture_output=True, text=True, check=False, timeout=120)


def test_an_unharmed_archive_gives_no_finding(root, tmp_path):
    assert len(list(root.glob("evidence/**/days/*.json"))) == 2
    assert by_the_collection(root, [], None) == by_the_shipped_one(root, [], None, tmp_path) == set()


def test_without_libraries_bytes_are_checked_and_the_rest_is_said(root):
    done = _command(root)
    result = json.loads(done.stdout)
    unread = {_key(root, path) for path in _files(root, *LIBRARIES)}
    assert done.returncode == 0 and result["verified"] is True
    assert {(one["id"], one["severity"], one["key"]) for one in result["findings"]} == {("records-not-checked", "notice", key) for key in unread}
    for one in result["findings"]:
        assert LIBRARIES[one["key"].split(".", 1)[1]] in one["message"]


@pytest.mark.parametrize("harm", ["flip", "cut", "lengthen", "remove"])
def test_harm_is_found_with_and_without_libraries(root, tmp_path, harm):
    for path in _files(root)[::2]:
        data = bytearray(path.read_bytes())
        if harm == "flip":
            data[len(data) // 2] ^= 4
        path.write_bytes(data[:-7] if harm == "cut" else data + b"\0" if harm == "lengthen" else data)
        if harm == "remove":
            path.unlink()
    kind = "object-missing" if harm == "remove" else "object-changed"
    expected = {(kind, _key(root, path)) for path in _files(root)[::2]} if harm != "remove" else None
    found = [by_the_collection(root, [], None), by_the_shipped_one(root, [], None, tmp_path)]
    done = _command(root)
    found.append({(one["id"], one["key"]) for one in json.loads(done.stdout)["findings"]})
    changed = [{one for one in some if one[0] == kind} for some in found]
    assert done.returncode == 1 and changed[0] == changed[1] == changed[2] and changed[0]
    assert expected is None or changed[0] == expected


@pytest.mark.parametrize("change", ["removed", "twice", "edited", "swapped"])
def test_forged_records_are_found_by_both(root, tmp_path, change):
    """Everything that states the file's bytes is forged too, so only reading the records shows it."""
    path = max(_files(root), key=lambda one: one.stat().st_size)
    encoding = path.name.split(".", 1)[1]
    with open(path, "rb") as stream:
        lines = b"".join(read_blocks(encoding, stream)).splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if number > 9 and b'"SSH"' in line)
    if change == "removed":
        del lines[at]
    elif change == "twice":
        lines[at] = lines[at - 1]
    elif change == "edited":
        lines[at] = lines[at].replace(b'"SSH"', b'"DNS"')
    else:
        lines[at - 1], lines[at] = lines[at], lines[at - 1]
    writer = new_writer(encoding, str(tmp_path / "forged"))
    writer.write(b"".join(lines))
    writer.finish()
    key = _replace(root, path, (tmp_path / "forged").read_bytes())
    kind = {"removed": "count-contradicts-data", "twice": "record-twice", "edited": "summary-contradicts-data", "swapped": "records-out-of-order"}[change]
    for found in (by_the_collection(root, [], None), by_the_shipped_one(root, [], None, tmp_path)):
        assert kind in {one[0] for one in found} and (change == "edited" or key in {one[1] for one in found})


COLUMNS = {"src_ip": lambda _old: "10.9.9.9", "dst_port": lambda _old: None, "bytes": lambda old: old + 0.5, "other": lambda _old: [("rule", "none")]}


@pytest.mark.parametrize("column", [*COLUMNS, "start_time"])
def test_columns_that_contradict_the_records_are_found_by_both(archives, tmp_path, column):
    """Engines read columns, auditors records: a forger could show each of them something else."""
    root = Path(shutil.copytree(archives["parquet", "parquet"], tmp_path / "archive"))
    path = _files(root)[0]
    table = pyarrow.parquet.read_table(io.BytesIO(path.read_bytes()))
    values = table.column(column).to_pylist()
    at = next(number for number, value in enumerate(values) if value)
    values[at] = COLUMNS.get(column, lambda old: old + 1)(values[at])
    field = table.schema.field(column)
    forged = io.BytesIO()
    pyarrow.parquet.write_table(table.set_column(table.schema.names.index(column), field, pyarrow.array(values, field.type)), forged)
    key = _replace(root, path, forged.getvalue())
    for found in (by_the_collection(root, [], None), by_the_shipped_one(root, [], None, tmp_path)):
        assert ("data-unreadable", key) in found
