# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done to the objects of an archive, verification names the object that it was done to."""

from __future__ import annotations

import gzip
import shutil

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import check
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.tampered import Kinds

_kind = Kinds()


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


@pytest.mark.parametrize("tamper", _kind, ids=lambda kind: kind.__name__.strip("_"))
def test_found(place, tamper):
    kind, key = tamper(place)
    found = check(open_store(str(place.root)))
    assert (kind, key) in [(one[0], one[2]) for one in found], found
