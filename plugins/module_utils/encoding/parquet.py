# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C{parquet}: a typed column for each documented field, and the record as sent in the column C{raw}. Needs the library C{pyarrow}.

A field that a record lacks is null. What the documentation does not name, and what does not fit its column, is in the map
C{other}: text as it is, everything else as JSON. Lines are cut at the first line end after each 8 MiB into row groups;
records ascend, so their statistics let engines skip what lies outside a time range.
"""

from __future__ import annotations

import json
import math
import tempfile
from typing import Any, BinaryIO, Callable, Iterator

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.jsonl import READ_BYTES, stored_pieces
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.output import Cutter, Output, Pieces
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.record_key import key_of_record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, DependencyError

ROW_GROUP_BYTES = 1 << 23
_BATCH_RECORDS = 1024  # decoded records take some 3 KB each
_GROUP_LIMIT = 1 << 29  # unpacked, several times as much as any row group that this collection writes
_LEVEL = 3

_PLACES = [f"{end}_{place}" for end in ("src", "dst") for place in ("region_id", "region_name", "province_id", "province_name", "city_id", "city_name")]
COLUMNS = {
    "start_time": "int64",
    "end_time": "int64",
    "log_id": "string",
    "src_ip": "string",
    "src_port": "int32",
    "dst_ip": "string",
    "dst_port": "int32",
    "dst_host": "string",
    "protocol": "string",
    "app": "string",
    "direction": "string",
    "bytes": "double",
    "packets": "int64",
    **dict.fromkeys(_PLACES, "string"),
}
_PLAIN: dict[str, set[type]] = {"int32": {int, type(None)}, "int64": {int, type(None)}, "double": {int, float, type(None)}, "string": {str, type(None)}}
_MOST = {"int32": 1 << 31, "int64": 1 << 63}
_decode = json.JSONDecoder().decode
_UNIQUE = ("log_id", "raw")  # columns where the same value hardly ever comes again


def require() -> tuple[Any, Any]:
    """The library and its Parquet part. @raise DependencyError: it is not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise DependencyError("pyarrow", "for files in the encoding parquet") from None
    return pyarrow, pyarrow.parquet


class ParquetWriter:
    """Writes one file, a row group at a time."""

    def __init__(self, path: str) -> None:
        self._arrow, parquet = require()
        self._cutter = Cutter(ROW_GROUP_BYTES)
        self._schema = _schema(self._arrow)
        self._output = Output(path)
        self._writer = parquet.ParquetWriter(
            self._output,
            self._schema,
            compression="zstd",
            compression_level=_LEVEL,
            use_dictionary=[name for name in self._schema.names if name not in (*_UNIQUE, "other")],
            write_statistics=[name for name in self._schema.names if name not in ("raw", "other")],
            write_page_checksum=True,
            store_schema=False,
        )

    @property
    def stored(self) -> int:
        return self._output.stored

    def write(self, lines: bytes) -> None:
        for pieces in self._cutter.add(lines):
            self._write_group(pieces)

    def _write_group(self, pieces: Pieces) -> None:
        lines = b"".join(pieces).split(b"\n")
        lines.pop()
        table = self._arrow.Table.from_batches(list(_batches(self._arrow, self._schema, lines)))
        self._writer.write_table(table, row_group_size=len(lines))

    def finish(self) -> str:
        pieces = self._cutter.rest()
        if pieces:
            self._write_group(pieces)
        self._writer.close()
        self.close()
        return self._output.sha256()

    def close(self) -> None:
        self._output.close()
        self._writer.close()  # else the library would at some later time


def writer(path: str) -> ParquetWriter:
    return ParquetWriter(path)


def _schema(arrow: Any) -> Any:
    types = {"int32": arrow.int32(), "int64": arrow.int64(), "double": arrow.float64(), "string": arrow.string()}
    fields = [arrow.field(name, types[kind], nullable=name != "start_time") for name, kind in COLUMNS.items()]
    other = arrow.field("other", arrow.map_(arrow.string(), arrow.string()))
    return arrow.schema([*fields, other, arrow.field("raw", arrow.string(), nullable=False)])


def _batches(arrow: Any, schema: Any, lines: list[bytes]) -> Iterator[Any]:
    for at in range(0, len(lines), _BATCH_RECORDS):
        yield _batch(arrow, schema, lines[at:at + _BATCH_RECORDS])


def _batch(arrow: Any, schema: Any, lines: list[bytes]) -> Any:
    """The rows of some lines. @raise ArchiveError: one is not a record."""
    try:
        records = [_decode(line.decode("utf-8")) for line in lines]
    except (ValueError, RecursionError):
        raise ArchiveError("A line is not JSON.", "The file was changed after it was written, or this is not a flow log archive.") from None
    starts = [key_of_record(record)[0] for record in records]
    others: list[dict[str, str] | None] = [None] * len(records)
    names = {name for layout in set(map(tuple, records)) for name in layout}
    unknown = names - COLUMNS.keys()
    if unknown:
        for number, record in enumerate(records):
            found = {name: _text(record[name]) for name in record if name in unknown}
            others[number] = {_printable(name): text for name, text in found.items()} or None
    columns = [arrow.array(starts, arrow.int64())]
    for name, kind in list(COLUMNS.items())[1:]:
        if name in names:
            values = [record.get(name) for record in records]
            columns.append(_column(arrow, schema.field(name).type, name, kind, values, others))
        else:
            columns.append(arrow.nulls(len(records), schema.field(name).type))
    pairs = arrow.array([None if other is None else list(other.items()) for other in others], schema.field("other").type)
    return arrow.record_batch([*columns, pairs, arrow.array(lines, arrow.binary()).cast(arrow.string())], schema=schema)


def _column(arrow: Any, arrow_type: Any, name: str, kind: str, values: list[Any], others: list[dict[str, str] | None]) -> Any:
    """A column; what does not fit is null there, and among the others."""
    if set(map(type, values)) <= _PLAIN[kind]:
        try:
            column = arrow.array(values, arrow_type)
            if kind != "double" or all(value is None or math.isfinite(value) for value in values):
                return column
        except (arrow.ArrowException, OverflowError, UnicodeEncodeError):
            pass  # a number out of range, or a text that is no Unicode: looked at one by one
    fitted = [None if value is None else _fit(value, kind) for value in values]
    for number, (value, fits) in enumerate(zip(values, fitted)):
        if value is not None and fits is None:
            others[number] = {**(others[number] or {}), name: _text(value)}
    return arrow.array(fitted, arrow_type)


def _fit(value: Any, kind: str) -> Any:
    """A value as its column holds it; None: it does not fit. Numbers may stand as text, and the other way round."""
    if isinstance(value, bool):
        return None
    if kind == "string":
        value = str(value) if isinstance(value, int) else value
        return value if isinstance(value, str) and _printable(value) == value else None
    try:
        if kind == "double":
            number = float(value)
            return number if math.isfinite(number) else None
        whole = int(value)
        return whole if -_MOST[kind] <= whole < _MOST[kind] and (isinstance(value, str) or whole == value) else None
    except (TypeError, ValueError, OverflowError):
        return None


def _text(value: Any) -> str:
    """A value for the map of others: text as it is, everything else as JSON."""
    return value if isinstance(value, str) and _printable(value) == value else json.dumps(value)


def _printable(text: str) -> str:
    """The text; halves of surrogate pairs, which UTF-8 can't hold, as their escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def read(stream: BinaryIO, on_bytes: Callable[[bytes], Any] | None) -> Iterator[bytes]:
    """Blocks of lines; where C{on_bytes} asks for verification, the columns that engines read are held against them."""
    arrow, parquet = require()
    with tempfile.TemporaryFile() as copy:  # Parquet is read from its end; what is hashed and what is read must be the same bytes
        for stored in stored_pieces(stream, on_bytes, READ_BYTES):
            copy.write(stored)
        copy.seek(0)
        if copy.read(4) != b"PAR1":
            raise ArchiveError("The file is not whole Parquet data: it does not begin as such.", "Restore it from a copy of the archive.")
        try:
            with parquet.ParquetFile(copy, page_checksum_verification=True) as file:
                yield from _lines(arrow, file, on_bytes is not None)
        except (arrow.ArrowException, OSError) as exc:
            reason = str(exc).partition("\n")[0].rstrip(".")
            raise ArchiveError(f"The file is not whole Parquet data: {reason}.", "Restore it from a copy of the archive.") from None


def _lines(arrow: Any, file: Any, thorough: bool) -> Iterator[bytes]:
    schema = _schema(arrow)
    if not file.schema_arrow.equals(schema):
        raise ArchiveError("The file has other columns than an archive's.", "Restore it from a copy of the archive.")
    for group in range(file.num_row_groups):
        if file.metadata.row_group(group).total_byte_size > _GROUP_LIMIT:
            raise ArchiveError("A row group is larger than any that this collection writes.", "Restore the file from a copy of the archive.")
        for batch in file.iter_batches(_BATCH_RECORDS, row_groups=[group], columns=None if thorough else ["raw"], use_threads=False):
            raw = batch.column(batch.num_columns - 1).cast(arrow.binary()).to_pylist()
            block = b"\n".join([*raw, b""])
            if thorough:
                lines = block.split(b"\n")
                lines.pop()
                if lines != raw or not _batch(arrow, schema, lines).equals(batch):
                    raise ArchiveError("Columns contradict the records as sent.", "Engines would read what the service never sent: restore the file.")
            yield block
