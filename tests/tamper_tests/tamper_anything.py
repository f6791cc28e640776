# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any node of a commit or a summary becomes something else: no verifier may stumble."""

from __future__ import annotations

import json
from typing import Any

from place import Place
from tamper_kinds import KEY, NOTHING, Kinds

kind = Kinds()


def _nodes(value: Any) -> list[tuple[Any, Any]]:
    """(container, place in it) of all that is in a JSON value."""
    places = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    return [(value, place) for place, _part in places] + [node for _place, part in places for node in _nodes(part)]


def _spoil(place: Place, document: dict[str, Any]) -> None:
    container, name = place.dice.choice(_nodes(document))
    junk: list[Any] = [None, True, -1, 10**30, 1.5, "", "x", "0" * 64, [], [[]], {}, {"key": 1}, [0, 1, "complete", 0, 0]]
    if place.dice.randrange(6):
        container[name] = place.dice.choice([one for one in junk if one != container[name] or type(one) is not type(container[name])])
    else:
        del container[name]


@kind(KEY)
def commit_spoiled(place: Place) -> set[str]:
    number = place.any()
    place.write_from(number, lambda commit: _spoil(place, commit))
    return {place.stream.commit_key(number)}


@kind(NOTHING)
def summary_spoiled(place: Place) -> set[str]:
    path = place.some_day()
    key = place.key(path)
    summary = json.loads(path.read_bytes())
    _spoil(place, summary)
    path.write_bytes(json.dumps(summary).encode())
    return {key}
