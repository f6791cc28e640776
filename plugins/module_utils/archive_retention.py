# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options of cfw_flow_log_archive_retention to its result; the removing itself is archive/removal.py."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.ansible_release import __version__ as ansible_version
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.removal import LEAST_DAYS, Removal, remove_expired
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import load_signer
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.streams import find_streams
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive_options import ARCHIVE, WRITING, open_archive
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.refusal import refused
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.time_range import to_iso
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import Stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.version import VERSION

RETENTION: dict[str, dict[str, Any]] = {
    **ARCHIVE,
    **WRITING,
    "retention_days": {"type": "int", "required": True},
    "reason": {"type": "str"},
    "signing_key": {"type": "str", "no_log": True},
    "signing_key_passphrase": {"type": "str", "no_log": True},
}
_MOST_DAYS = 36_500
_MOST_REASON = 500


def remove(params: Mapping[str, Any], now_ms: int, check_mode: bool) -> dict[str, Any]:
    """Remove expired data from all streams and return the result as the module documents it.

    What fails for one stream is in that stream's C{error}. Raises OptionError, DependencyError, or ArchiveError for the archive as a whole.
    """
    days = params["retention_days"]
    if not LEAST_DAYS <= days <= _MOST_DAYS:
        allowed = f"an integer from {LEAST_DAYS} to {_MOST_DAYS}; the service can still add records to younger days"
        raise refused("retention_days", days, "is out of range", allowed)
    reason = params["reason"] or f"retention of {days} days"
    if len(reason) > _MOST_REASON:
        raise refused("reason", reason[:40] + "...", "is too long", f"at most {_MOST_REASON} characters")
    signer = load_signer(params["signing_key"], params["signing_key_passphrase"])
    store = open_archive(params)
    if not check_mode:  # there, the run that would make the archive made none
        store.require()
    collection = {"uid": os.geteuid(), "host": platform.node(), "collection_version": VERSION, "ansible_version": ansible_version}
    streams = []
    for stream in find_streams(store):
        done, error = Removal(None, 0, 0, 0, None, [], [], []), None
        try:
            done = remove_expired(
                store, stream, days=days, reason=reason, now=now_ms, collection=collection, signer=signer, check_mode=check_mode
            )
            error = done.problems[0] if done.problems else None
        except CloudAuditError as exc:
            error = str(exc)
        streams.append(_stream(stream, done, error))
    return {
        "changed": any(stream["files"] for stream in streams),
        "archive": store.location,
        "streams": streams,
        **{total: sum(stream[total] for stream in streams) for total in ("files", "records", "bytes")},
    }


def _stream(stream: Stream, done: Removal, error: str | None) -> dict[str, Any]:
    return {
        **stream._asdict(),
        "files": done.files,
        "records": done.records,
        "bytes": done.bytes,
        "removed_before": done.before,
        "removed_before_iso": None if done.before is None else to_iso(done.before),
        "kept": done.kept,
        "locked": done.locked,
        "head": done.head.sha256 if done.head else None,
        "sequence": done.head.sequence if done.head else 0,
        "error": error,
    }


def difference(streams: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What diff mode shows."""
    lines = [
        f"{stream['project_id']}/{stream['fw_instance_id']}/{stream['log_type']}: {stream['files']} files with {stream['records']} records "
        f"of the time before {stream['removed_before_iso']} removed\n"
        for stream in streams
        if stream["files"]
    ]
    return {"before": "", "after": "".join(lines)}
