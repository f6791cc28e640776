# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import subprocess

import pytest

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import encoding
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.encoding import FileWriter, check_encoding, read_blocks
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, OptionError


@pytest.fixture(name="engine", params=["zlib", "isal"], autouse=True)
def _engine(request, monkeypatch):
    if request.param == "zlib":
        monkeypatch.setattr(encoding, "isal_zlib", None)
    else:
        assert encoding.isal_zlib is not None  # both engines are tested everywhere


def _lines(count, seed=1):
    dice = random.Random(seed)
    return [b'{"n":%d,"x":"%s"}\n' % (number, os.urandom(8).hex().encode() * dice.randrange(40)) for number in range(count)]


def _write(path, pieces):
    writer = FileWriter(str(path))
    for piece in pieces:
        writer.write(piece)
    return writer.finish(), writer


def test_lines_come_back(tmp_path):
    lines = _lines(20_000)
    sha256, writer = _write(tmp_path / "x.gz", lines)
    stored = (tmp_path / "x.gz").read_bytes()
    assert (sha256, writer.bytes, writer.raw_bytes) == (hashlib.sha256(stored).hexdigest(), len(stored), len(b"".join(lines)))
    assert gzip.decompress(stored) == b"".join(lines)
    assert subprocess.run(["gzip", "-t", str(tmp_path / "x.gz")], check=False).returncode == 0
    seen = []
    with open(tmp_path / "x.gz", "rb", buffering=0) as stream:
        blocks = list(read_blocks(stream, seen.append))
    assert b"".join(blocks) == b"".join(lines)
    assert all(block.endswith(b"\n") and len(block) < 600_000 for block in blocks)
    assert b"".join(seen) == stored


def test_bytes_depend_on_the_records_alone(tmp_path):
    lines = _lines(20_000)
    whole = b"".join(lines)
    first, _writer = _write(tmp_path / "a", lines)
    assert _write(tmp_path / "b", [whole])[0] == first
    assert _write(tmp_path / "c", [whole[:7_000_00 // 7], whole[7_000_00 // 7:]])[0] == first
    header = (tmp_path / "a").read_bytes()[:10]
    assert header[:4] == b"\x1f\x8b\x08\x00" and header[4:8] == b"\0\0\0\0"  # no name, no time


def test_a_member_ends_at_a_line_end(tmp_path):
    _write(tmp_path / "x", _lines(20_000))
    data, members = (tmp_path / "x").read_bytes(), 0
    while data:
        import zlib

        member = zlib.decompressobj(31)
        piece = member.decompress(data)
        assert piece.endswith(b"\n")
        data, members = member.unused_data, members + 1
    assert members > 2


def test_files_are_private(tmp_path):
    _write(tmp_path / "x", [b"{}\n"])
    assert os.stat(tmp_path / "x").st_mode & 0o777 == 0o600


@pytest.mark.parametrize("cut", [1, 5, 8, 100, 3000])
def test_a_file_cut_short_is_an_error_and_still_hashed_whole(tmp_path, cut):
    _write(tmp_path / "x", _lines(20_000))
    stored = (tmp_path / "x").read_bytes()[:-cut]
    seen = []
    with pytest.raises(ArchiveError, match="not whole gzip"):
        list(read_blocks(io.BytesIO(stored), seen.append))
    assert b"".join(seen) == stored


@pytest.mark.parametrize("at", [0, 1, 500, -6, -2])
def test_a_changed_byte_is_an_error(tmp_path, at):
    _write(tmp_path / "x", _lines(2000))
    stored = bytearray((tmp_path / "x").read_bytes())
    stored[at] ^= 0xFF
    seen = []
    with pytest.raises(ArchiveError):
        for block in read_blocks(io.BytesIO(bytes(stored)), seen.append):
            assert block
    assert b"".join(seen) == bytes(stored)


def test_a_bomb_stays_small():
    stream = io.BytesIO(gzip.compress(b"x" * (80 << 20)))
    with pytest.raises(ArchiveError, match="longer than 64 MiB"):
        list(read_blocks(stream))


def test_a_last_line_without_its_end_is_passed_on():
    assert list(read_blocks(io.BytesIO(gzip.compress(b"a\nb")))) == [b"a\n", b"b"]


def test_other_encodings_are_refused():
    assert check_encoding("jsonl.gz") == "jsonl.gz"
    with pytest.raises(OptionError, match="unknown"):
        check_encoding("csv")
