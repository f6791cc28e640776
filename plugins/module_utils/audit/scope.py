# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which firewalls an audit is about: what is expected to be archived, held against what is.

Three answers that look alike are kept apart: a firewall that has no logs, one that could not be read, and one that is not archived.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import Stream

ARCHIVED = "archived"
NEVER_ARCHIVED = "never archived"
NOT_EXPECTED = "no longer expected"
UNREADABLE = "unreadable"
PRESENCES = (ARCHIVED, NEVER_ARCHIVED, NOT_EXPECTED, UNREADABLE)

LISTED = "listed"  #: the audit is about the firewalls that are listed, and no others
ARCHIVE = "archive"  #: all that the archive has, and the listed ones are all that exist


class Scope(NamedTuple):
    """Streams with their presence, and what could not be read."""

    streams: dict[Stream, str]
    names: dict[tuple[str, str], str]  #: by project and firewall
    project_names: dict[str, str]
    unreadable: list[dict[str, Any]]  #: as given: project_id, project_name, fw_instance_id, log_type, error

    def reason(self, stream: Stream) -> str | None:
        """Why a stream could not be read; None: nothing is known of that."""
        for entry in self.unreadable:
            if entry["project_id"] != stream.project_id or entry.get("fw_instance_id") not in (None, stream.fw_instance_id):
                continue
            if entry.get("log_type") in (None, stream.log_type):
                return str(entry["error"])
        return None


def compare(
    expected: Iterable[Mapping[str, Any]] | None,
    log_types: Iterable[str],
    archived: Iterable[Stream],
    unreadable: Iterable[Mapping[str, Any]],
    which: str,
) -> Scope:
    """Hold expected firewalls (None: all that are archived) against the archive's streams. C{which} is LISTED or ARCHIVE."""
    there = set(archived)
    given = list(expected) if expected is not None else None
    scope = Scope({}, {}, {}, [dict(entry) for entry in unreadable])
    wanted = there if given is None else {Stream(one["project_id"], one["fw_instance_id"], log_type) for one in given for log_type in log_types}
    for one in given or ():
        if one.get("name"):
            scope.names[one["project_id"], one["fw_instance_id"]] = one["name"]
        if one.get("project_name"):
            scope.project_names[one["project_id"]] = one["project_name"]
    presences = {stream: ARCHIVED if stream in there else UNREADABLE if scope.reason(stream) is not None else NEVER_ARCHIVED for stream in wanted}
    if which == ARCHIVE:
        listed = {(stream.project_id, stream.fw_instance_id) for stream in wanted}
        for stream in there - wanted:
            if (stream.project_id, stream.fw_instance_id) in listed:
                presences[stream] = ARCHIVED  # a log type beyond the expected ones
            else:
                presences[stream] = UNREADABLE if scope.reason(stream) is not None else NOT_EXPECTED
    scope.streams.update(sorted(presences.items()))
    return scope
