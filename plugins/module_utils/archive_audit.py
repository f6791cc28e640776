# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options of cfw_flow_log_archive_info to its result; the verifying itself is archive/verify.py."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.findings import ERROR
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.layout import Stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import load_public_keys
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.store import open_store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.verify import verify
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import UNPROVEN
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive_options import (
    DEFAULT_LOG_TYPES,
    check_times,
    checked_firewalls,
    checked_location,
    not_empty,
)
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.refusal import refused
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.time_range import to_iso

_SHA256 = re.compile(r"[0-9a-f]{64}")


def audit(options: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    """Verify an archive and return the result as the module documents it. Raises OptionError, or ArchiveError."""
    start, end = check_times(options["start_time"], options["end_time"], now_ms)
    heads = _heads(options["heads"] or ())
    keys = load_public_keys(options["public_keys"])
    streams = _streams(options["firewalls"], options["log_types"])
    store = open_store(checked_location(options["archive"]))
    report = verify(store, streams=streams, start=start, end=end, depth=options["verify"], heads=heads, public_keys=keys, now=now_ms)
    return _result(report, store.location)


def _heads(heads: Iterable[str]) -> list[str]:
    for position, head in enumerate(heads):
        if not _SHA256.fullmatch(head.lower()):
            raise refused(f"heads[{position}]", head, "is no SHA-256", "64 hexadecimal digits, as an earlier result has them in streams[].head")
    return [head.lower() for head in heads]


def _streams(firewalls: list[dict[str, Any]] | None, log_types: list[str] | None) -> list[Stream] | None:
    """The expected streams; None stands for those that the archive has."""
    if firewalls is None:
        return None
    return [
        Stream(firewall["project_id"], firewall["fw_instance_id"], log_type)
        for firewall in not_empty("firewalls", checked_firewalls(firewalls))
        for log_type in (DEFAULT_LOG_TYPES if log_types is None else not_empty("log_types", log_types))
    ]


def _result(report: Mapping[str, Any], archive: str) -> dict[str, Any]:
    streams = [_stream(stream) for stream in report["streams"]]
    faults = [finding for finding in report["findings"] if finding["severity"] == ERROR]
    unproven = any(stream["verdicts"][UNPROVEN]["rows"] for stream in streams)
    return {
        "archive": archive,
        "streams": streams,
        "gaps": [_with_iso(gap, "start", "end") for gap in report["gaps"]],
        "findings": [_finding(finding) for finding in report["findings"]],
        "records": report["records"],
        "bytes": report["bytes"],
        **_with_iso({"oldest": report["oldest"]}, "oldest"),
        # Nothing at all is no evidence either.
        "compliant": bool(streams) and not (faults or report["gaps"] or unproven),
    }


def _stream(report: Mapping[str, Any]) -> dict[str, Any]:
    head = report["head"] or {"sha256": None, "sequence": 0}
    return {
        **report["stream"],
        "head": head["sha256"],
        "sequence": head["sequence"],
        "commits": report["commits"],
        "coverage": [_with_iso(row, "start", "end") for row in _joined(report["coverage"])],
        "gaps": [_with_iso({"start": start, "end": end}, "start", "end") for start, end in report["gaps"]],
        "verdicts": report["verdicts"],
        "signatures": report["signatures"],
        "records": report["records"],
        "bytes": report["bytes"],
        **_with_iso({"oldest": report["oldest"]}, "oldest"),
    }


def _joined(rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    """Windows that touch and have the same verdict become one range: a result is for reading, the archive has the windows."""
    ranges: list[dict[str, Any]] = []
    for row in rows:
        start, end, verdict, records = row[:4]
        last = ranges[-1] if ranges else None
        if last is None or last["end"] != start or last["verdict"] != verdict:
            ranges.append({"start": start, "end": end, "verdict": verdict, "records": records})
        else:
            last["end"] = end
            last["records"] = None if None in (last["records"], records) else last["records"] + records
    return ranges


def _finding(finding: Mapping[str, Any]) -> dict[str, Any]:
    start, end = finding["range"] or (None, None)
    return {
        **{name: value for name, value in finding.items() if name not in ("stream", "range")},
        **(finding["stream"] or dict.fromkeys(Stream._fields)),
        **_with_iso({"start": start, "end": end}, "start", "end"),
    }


def _with_iso(times: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {**times, **{f"{name}_iso": None if times[name] is None else to_iso(times[name]) for name in names}}
