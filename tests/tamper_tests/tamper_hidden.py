# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to tamper with a whole chain: only a head that was written down shows them, or the public key."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import Any

from place import COMMITS, INTRUDER, OWNER, Place
from tamper_kinds import HEAD, KEY, Kinds

kind = Kinds()


def _host(commit: dict[str, Any]) -> None:
    commit["collection"]["host"] = "forged"


def _record_edited(place: Place, sign: Any = None) -> int:
    """A value of a record of a day without summary is changed, and everything else is made to fit."""
    path = place.dice.choice([path for path in place.data() if int(path.name[:9]) >= 4])

    def change(lines: list[bytes]) -> list[bytes]:
        at = place.dice.randrange(len(lines))
        return [*lines[:at], lines[at].replace(b'"10.0.0.', b'"10.9.9.'), *lines[at + 1 :]]

    place.edit_lines(path, change, sign=sign)
    return int(path.name[:9])


@kind(HEAD)
def tail_cut_off(place: Place) -> set[str]:
    first = place.dice.randrange(2, COMMITS + 1)
    summaries = [day["key"] for number in range(first, COMMITS + 1) for day in place.load(number)["days"]]
    for number in range(first, COMMITS + 1):
        for entry in place.load(number)["data"]:
            place.path(entry["key"]).unlink()
        place.commit(number).unlink()
    for key in summaries:
        place.path(key).unlink()
    return {place.stream.commit_key(COMMITS)}


@kind(HEAD)
def chain_written_anew(place: Place) -> set[str]:
    place.write_from(place.any(), _host)
    return {place.stream.commit_key(COMMITS)}


@kind(HEAD)
def chain_written_anew_with_the_key(place: Place) -> set[str]:
    place.write_from(place.any(), _host, OWNER.signed)
    return {place.stream.commit_key(COMMITS)}


@kind(HEAD)
def record_edited_and_all_made_to_fit(place: Place) -> set[str]:
    _record_edited(place, OWNER.signed)
    return {place.stream.commit_key(COMMITS)}


@kind(HEAD)
def flip_in_newest_commit(place: Place) -> set[str]:
    return {place.flip(place.commit(COMMITS))}


@kind(HEAD)
def stream_removed(place: Place) -> set[str]:
    key = place.stream.commit_key(COMMITS)
    shutil.rmtree(place.path(place.stream.evidence_prefix()))
    shutil.rmtree(place.path(place.stream.data_prefix()))
    return {key}


@kind(KEY)
def flip_in_newest_commit_signed(place: Place) -> set[str]:
    return {place.flip(place.commit(COMMITS))}


@kind(KEY)
def written_anew_without_the_key(place: Place) -> set[str]:
    number = place.any()
    place.write_from(number, _host)
    return {place.stream.commit_key(number)}


@kind(KEY)
def record_edited_without_the_key(place: Place) -> set[str]:
    return {place.stream.commit_key(_record_edited(place))}


@kind(KEY)
def signature_stripped(place: Place) -> set[str]:
    number = place.any()
    place.write_from(number, _host, lambda commit: {name: value for name, value in commit.items() if name != "signature"})
    return {place.stream.commit_key(number if number > 1 else COMMITS)}


@kind(KEY)
def signed_with_another_key(place: Place) -> set[str]:
    number = place.any()
    place.write_from(number, _host, INTRUDER.signed)
    return {place.stream.commit_key(number)}


@kind(KEY)
def signed_with_another_key_under_the_owners_id(place: Place) -> set[str]:
    number = place.any()

    def sign(commit: dict[str, Any]) -> dict[str, Any]:
        signed = INTRUDER.signed(commit)
        signed["signature"]["key_id"] = OWNER.key_id
        return signed

    place.write_from(number, _host, sign)
    return {place.stream.commit_key(number)}


@kind(KEY)
def signature_of_another_commit(place: Place) -> set[str]:
    number = place.dice.randrange(2, COMMITS + 1)
    other = place.load(place.dice.randrange(1, number))["signature"]
    place.write_from(number, lambda commit: commit.update(signature=other))
    return {place.stream.commit_key(number)}


@kind(KEY)
def commit_appended_without_the_key(place: Place) -> set[str]:
    """A removal by retention that nobody ordered, for instance."""
    last = place.load(COMMITS)
    previous = {"key": place.stream.commit_key(COMMITS), "sha256": hashlib.sha256(place.commit(COMMITS).read_bytes()).hexdigest()}
    more = dict(last, sequence=COMMITS + 1, previous=previous, data=[], windows=[], days=[])
    if place.dice.randrange(2):
        del more["signature"]
    place.commit(COMMITS + 1).write_bytes(json.dumps(more, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
    return {place.stream.commit_key(COMMITS + 1)}
