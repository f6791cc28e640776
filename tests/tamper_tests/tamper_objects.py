# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to tamper with an archive's objects: bytes changed, objects removed, traded, renamed, planted."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

from place import COMMITS, Place
from tamper_kinds import NOTHING, Kinds

kind = Kinds()


@kind(NOTHING)
def flip_in_data(place: Place) -> set[str]:
    return {place.flip(place.some_data())}


@kind(NOTHING)
def flip_in_commit(place: Place) -> set[str]:
    return {place.flip(place.commit(place.inner()))}


@kind(NOTHING)
def flip_in_summary(place: Place) -> set[str]:
    return {place.flip(place.dice.choice(place.days()))}


@kind(NOTHING)
def cut_data(place: Place) -> set[str]:
    path = place.some_data()
    data = path.read_bytes()
    path.write_bytes(data[: place.dice.randrange(len(data))])
    return {place.key(path)}


@kind(NOTHING)
def lengthen_data(place: Place) -> set[str]:
    path = place.some_data()
    more = place.dice.choice([b"\0" * 9, b"x", gzip.compress(b"{}\n"), path.read_bytes()])
    path.write_bytes(path.read_bytes() + more)
    return {place.key(path)}


@kind(NOTHING)
def remove_data(place: Place) -> set[str]:
    path = place.some_data()
    path.unlink()
    return {place.key(path)}


@kind(NOTHING)
def remove_commit(place: Place) -> set[str]:
    path = place.commit(place.inner())
    path.unlink()
    return {place.key(path)}


@kind(NOTHING)
def remove_summary(place: Place) -> set[str]:
    path = place.dice.choice(place.days())
    path.unlink()
    return {place.key(path)}


@kind(NOTHING)
def remove_all_commits(place: Place) -> set[str]:
    keys = {place.key(path) for path in place.data()} | {place.stream.evidence_prefix().rstrip("/")}
    shutil.rmtree(place.commit(1).parents[1])
    return keys


def _swap(one: Path, two: Path) -> None:
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


@kind(NOTHING)
def swap_data(place: Place) -> set[str]:
    one, two = place.dice.sample(place.data(), 2)
    _swap(one, two)
    return {place.key(one)}


@kind(NOTHING)
def swap_commits(place: Place) -> set[str]:
    one, two = (place.commit(number) for number in place.dice.sample(range(1, COMMITS + 1), 2))
    _swap(one, two)
    return {place.key(one)}


@kind(NOTHING)
def swap_summaries(place: Place) -> set[str]:
    one, two = place.dice.sample(place.days(), 2)
    _swap(one, two)
    return {place.key(one)}


@kind(NOTHING)
def rename_data(place: Place) -> set[str]:
    path = place.some_data()
    path.rename(path.with_name(f"{path.name[:10]}{place.dice.randrange(1, 999):03d}{path.name[13:]}"))
    return {place.key(path)}


@kind(NOTHING)
def move_data_to_another_date(place: Place) -> set[str]:
    path = place.some_data()
    folder = path.parent.with_name("date=2001-02-03")
    folder.mkdir()
    path.rename(folder / path.name)
    return {place.key(path)}


@kind(NOTHING)
def plant_data(place: Place) -> set[str]:
    path = place.some_data()
    planted = path.with_name(f"{place.dice.randrange(1, 99):09d}-{place.dice.randrange(100, 999)}-{path.name[14:]}")
    shutil.copyfile(path, planted)
    return {place.key(planted)}


@kind(NOTHING)
def plant_an_unknown_object(place: Place) -> set[str]:
    folder = place.dice.choice([place.some_data().parent, place.commit(1).parent, place.root / "data", place.root])
    planted = folder / place.dice.choice(["more.jsonl.gz", "000000001.txt", "x"])
    planted.write_bytes(b"hello")
    return {place.key(planted)}


@kind(NOTHING)
def plant_a_summary(place: Place) -> set[str]:
    planted = place.days()[0].with_name("2031-01-01.json")
    shutil.copyfile(place.some_day(), planted)
    return {place.key(planted)}


@kind(NOTHING)
def plant_a_commit_out_of_order(place: Place) -> set[str]:
    number = place.dice.randrange(COMMITS + 2, 990)
    shutil.copyfile(place.commit(place.any()), place.commit(number))
    return {place.stream.commit_key(number)}


@kind(NOTHING)
def commit_in_a_wrong_folder(place: Place) -> set[str]:
    path = place.commit(place.any())
    folder = path.parent.with_name(f"{place.dice.randrange(1, 99):06d}")
    folder.mkdir()
    shutil.copyfile(path, folder / path.name)
    return {place.key(folder / path.name)}


@kind(NOTHING)
def link_instead_of_data(place: Place) -> set[str]:
    path = place.some_data()
    path.rename(place.root.parent / "elsewhere")
    path.symlink_to(place.root.parent / "elsewhere")
    return {place.key(path)}


@kind(NOTHING)
def folder_instead_of_data(place: Place) -> set[str]:
    path = place.some_data()
    path.unlink()
    path.mkdir()
    return {place.key(path)}
