# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import struct
import subprocess
import sys
import zlib

import pyarrow
import pyarrow.parquet
import pytest
import zstandard
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding import gzipped as encoding_gzip
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding import zstd as encoding_zstd
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.encoding import ENCODINGS, check_encoding, new_writer, read_blocks
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, DependencyError, OptionError
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import record

#: each encoding; gzip with both engines
ENGINES = ["jsonl.gz, zlib", "jsonl.gz, isal", "jsonl.zst", "parquet"]


@pytest.fixture(name="encoding", params=ENGINES)
def _encoding(request, monkeypatch):
    name, _comma, engine = request.param.partition(", ")
    if engine == "zlib":
        monkeypatch.setattr(encoding_gzip, "isal_zlib", None)
    assert engine != "isal" or encoding_gzip.isal_zlib is not None  # both engines are tested everywhere
    return name


def _lines(count, seed=1):
    dice = random.Random(seed)
    return [record(10**12 + number, f"{number}", dst_host=os.urandom(8).hex() * dice.randrange(40)).raw + b"\n" for number in range(count)]


def _write(path, pieces, encoding):
    writer = new_writer(encoding, str(path))
    for piece in pieces:
        writer.write(piece)
    return writer.finish(), writer


def _read(stored, encoding, on_bytes=None):
    return list(read_blocks(encoding, io.BytesIO(stored), on_bytes))


def test_lines_come_back(tmp_path, encoding):
    lines = _lines(6000)
    sha256, writer = _write(tmp_path / "x", lines, encoding)
    stored = (tmp_path / "x").read_bytes()
    assert (sha256, writer.stored) == (hashlib.sha256(stored).hexdigest(), len(stored))
    for seen in (None, []):
        with open(tmp_path / "x", "rb", buffering=0) as stream:
            blocks = list(read_blocks(encoding, stream, seen if seen is None else seen.append))
        assert b"".join(blocks) == b"".join(lines)
        assert all(block.endswith(b"\n") and len(block) < 1_200_000 for block in blocks)
        assert seen is None or b"".join(seen) == stored


def test_bytes_depend_on_the_records_alone(tmp_path, encoding):
    lines = _lines(6000)
    whole = b"".join(lines)
    half = len(b"".join(lines[:2777]))
    first, _writer = _write(tmp_path / "a", lines, encoding)
    assert _write(tmp_path / "b", [whole], encoding)[0] == first
    assert _write(tmp_path / "c", [whole[:half], whole[half:]], encoding)[0] == first


def test_files_are_private(tmp_path, encoding):
    _write(tmp_path / "x", _lines(1), encoding)
    assert os.stat(tmp_path / "x").st_mode & 0o777 == 0o600


@pytest.mark.parametrize("cut", [1, 3, 5, 8, 100, 3000])
def test_a_file_cut_short_is_an_error_and_still_hashed_whole(tmp_path, cut, encoding):
    _write(tmp_path / "x", _lines(6000), encoding)
    stored = (tmp_path / "x").read_bytes()[:-cut]
    seen = []
    with pytest.raises(ArchiveError, match="not whole"):
        _read(stored, encoding, seen.append)
    assert b"".join(seen) == stored


@pytest.mark.parametrize("at", [0, 1, 500, -6, -2])
def test_a_changed_byte_is_an_error(tmp_path, at, encoding):
    _write(tmp_path / "x", _lines(2000), encoding)
    stored = bytearray((tmp_path / "x").read_bytes())
    stored[at] ^= 0xFF
    seen = []
    with pytest.raises(ArchiveError):
        _read(bytes(stored), encoding, seen.append)
    assert b"".join(seen) == bytes(stored)


def test_a_writer_can_be_given_up(tmp_path, encoding):
    writer = new_writer(encoding, str(tmp_path / "x"))
    writer.write(b"".join(_lines(3000)))
    writer.close()
    with pytest.raises(ArchiveError):
        assert not b"".join(_read((tmp_path / "x").read_bytes(), encoding))
        raise ArchiveError("an empty file holds nothing to be wrong")


def test_gzip_is_what_every_tool_reads(tmp_path):
    lines = _lines(6000)
    _write(tmp_path / "x.gz", lines, "jsonl.gz")
    data, members = (tmp_path / "x.gz").read_bytes(), 0
    assert data[:4] == b"\x1f\x8b\x08\x00" and data[4:8] == b"\0\0\0\0"  # no name, no time
    assert gzip.decompress(data) == b"".join(lines)
    assert subprocess.run(["gzip", "-t", str(tmp_path / "x.gz")], check=False).returncode == 0
    while data:
        member = zlib.decompressobj(31)
        assert member.decompress(data).endswith(b"\n")
        data, members = member.unused_data, members + 1
    assert members > 2


def test_zstd_frames_state_their_size_and_a_checksum(tmp_path):
    lines = _lines(6000)
    _write(tmp_path / "x.zst", lines, "jsonl.zst")
    data, plain = (tmp_path / "x.zst").read_bytes(), b""
    while data:
        header = zstandard.get_frame_parameters(data)
        frame = zstandard.ZstdDecompressor().decompressobj()
        piece = frame.decompress(data)
        assert (header.content_size, header.has_checksum) == (len(piece), True) and piece.endswith(b"\n")
        data, plain = frame.unused_data, plain + piece
    assert plain == b"".join(lines)


def test_a_bomb_stays_small():
    with pytest.raises(ArchiveError, match="longer than 64 MiB"):
        _read(gzip.compress(b"x" * (80 << 20)), "jsonl.gz")
    with pytest.raises(ArchiveError, match="longer than 64 MiB|larger than any"):
        _read(encoding_zstd.compress(b"x" * (80 << 20)), "jsonl.zst")


def test_a_last_line_without_its_end_is_passed_on():
    assert _read(gzip.compress(b"a\nb"), "jsonl.gz") == [b"a\n", b"b"]
    assert _read(encoding_zstd.compress(b"a\nb"), "jsonl.zst") == [b"a\n", b"b"]


def test_other_encodings_are_refused():
    assert [check_encoding(name) for name in ENCODINGS] == ["jsonl.gz", "jsonl.zst", "parquet"]
    with pytest.raises(OptionError, match="unknown"):
        check_encoding("csv")
    with pytest.raises(ArchiveError, match="'csv' is unknown"):
        _read(b"", "csv")


@pytest.mark.parametrize(("encoding", "library"), [("jsonl.zst", "zstandard"), ("parquet", "pyarrow")])
def test_a_missing_library_is_named_with_its_installation(monkeypatch, encoding, library):
    monkeypatch.setitem(sys.modules, library, None)
    for attempt in (lambda: check_encoding(encoding), lambda: new_writer(encoding, "/nowhere"), lambda: _read(b"", encoding)):
        with pytest.raises(DependencyError, match=f"'{library}' is missing.*pip install {library}"):
            attempt()
    assert check_encoding("jsonl.gz")


# -- parquet


def _table(tmp_path, *lines):
    _write(tmp_path / "x", [line + b"\n" for line in lines], "parquet")
    stored = (tmp_path / "x").read_bytes()
    (tmp_path / "x").unlink()
    assert b"".join(_read(stored, "parquet", lambda piece: None)) == b"".join(line + b"\n" for line in lines)
    return pyarrow.parquet.read_table(io.BytesIO(stored)).to_pylist()


def test_columns_are_typed_and_missing_fields_null(tmp_path):
    rows = _table(tmp_path, record(5, "a", src_region_id="cn-north-4").raw, b'{"start_time":6,"bytes":7,"app":null}')
    assert rows[0]["bytes"] == 34.5 and rows[0]["protocol"] == "TCP" and rows[0]["src_port"] == 49634 and rows[0]["src_region_id"] == "cn-north-4"
    assert (rows[0]["start_time"], rows[0]["end_time"], rows[0]["log_id"], rows[0]["dst_host"], rows[0]["other"]) == (5, 65005, "a", None, None)
    assert (rows[1]["start_time"], rows[1]["bytes"], rows[1]["packets"], rows[1]["app"], rows[1]["log_id"]) == (6, 7.0, None, None, None)
    assert rows[1]["raw"] == '{"start_time":6,"bytes":7,"app":null}'


@pytest.mark.parametrize(
    ("field", "text", "column", "other"),
    [
        ("protocol", "6", "6", None),
        ("protocol", "true", None, "true"),
        ("src_port", '"443"', 443, None),
        ("src_port", "443.0", 443, None),
        ("src_port", "443.5", None, "443.5"),
        ("src_port", "2147483648", None, "2147483648"),
        ("packets", "9223372036854775807", 9223372036854775807, None),
        ("packets", "9223372036854775808", None, "9223372036854775808"),
        ("packets", "false", None, "false"),
        ("end_time", "{}", None, "{}"),
        ("bytes", '"34.5"', 34.5, None),
        ("bytes", "9007199254740993", 9007199254740992.0, None),
        ("bytes", "1e400", None, "Infinity"),
        ("bytes", "9" * 400, None, "9" * 400),
        ("dst_host", '"\\ud800"', None, '"\\ud800"'),
        ("dst_host", "[1]", None, "[1]"),
        ("rule", '"deny"', None, "deny"),
        ("rule", '"\\udfff"', None, '"\\udfff"'),
        ("rule", '{"a": [1.50]}', None, '{"a": [1.5]}'),
        ("\\ud800", "1", None, "1"),
    ],
)
def test_no_field_is_lost(tmp_path, field, text, column, other):
    (row,) = _table(tmp_path, b'{"start_time":1,"log_id":"x","%s":%s}' % (field.encode(), text.encode()))
    assert (row.get(field), dict(row["other"] or []).get(field)) == (column, other)
    assert sum(value is not None for value in row.values()) == 4


def test_a_start_time_may_stand_as_text(tmp_path):
    (row,) = _table(tmp_path, b'{"start_time":"17","log_id":5}')
    assert (row["start_time"], row["log_id"]) == (17, "5")


def test_row_groups_are_small_and_say_their_times(tmp_path):
    lines = _lines(25_000)
    _write(tmp_path / "x", lines, "parquet")
    metadata = pyarrow.parquet.ParquetFile(tmp_path / "x").metadata
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    times = [(group.column(0).statistics.min, group.column(0).statistics.max) for group in groups]
    assert len(groups) == 2 and max(group.total_byte_size for group in groups) < 30 << 20
    assert times[0][0] == 10**12 and times[-1][1] == 10**12 + 24_999 and times == sorted(times)
    assert {groups[0].column(number).compression for number in range(metadata.num_columns)} == {"ZSTD"}


def test_columns_that_contradict_the_records_are_found_by_verification_only(tmp_path):
    """Engines read columns, auditors read the bytes as sent: both must say the same."""
    _write(tmp_path / "x", _lines(3000), "parquet")
    table = pyarrow.parquet.read_table(tmp_path / "x")
    at = table.schema.get_field_index("src_ip")
    values = table.column(at).to_pylist()
    values[2500] = "10.9.9.9"
    table = table.set_column(at, table.schema.field(at), pyarrow.array(values))
    changed = io.BytesIO()
    pyarrow.parquet.write_table(table, changed, store_schema=False)
    with pytest.raises(ArchiveError, match="Columns contradict"):
        _read(changed.getvalue(), "parquet", lambda piece: None)
    assert len(b"".join(_read(changed.getvalue(), "parquet")).splitlines()) == 3000


def test_another_parquet_file_is_refused():
    other = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"raw": ["{}"]}), other)
    with pytest.raises(ArchiveError, match="other columns"):
        _read(other.getvalue(), "parquet")


def test_what_is_not_json_is_refused(tmp_path):
    for line in (b"x", b"[]", b'{"log_id":"x"}', b'{"start_time":1,"x":"\xff"}', b"[" * 100_000):
        writer = new_writer("parquet", str(tmp_path / hashlib.sha256(line).hexdigest()))
        writer.write(line + b"\n")
        with pytest.raises(ArchiveError):
            writer.finish()
        writer.close()


def test_a_footer_that_lies_about_its_size_is_an_error(tmp_path):
    _write(tmp_path / "x", _lines(10), "parquet")
    stored = (tmp_path / "x").read_bytes()
    with pytest.raises(ArchiveError, match="not whole Parquet"):
        _read(stored[:-8] + struct.pack("<I", 1 << 30) + b"PAR1", "parquet")
    assert json.loads(_read(stored, "parquet")[0].splitlines()[0])["log_id"] == "0"
