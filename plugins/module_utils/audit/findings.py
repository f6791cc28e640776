# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings of an audit: one list, the heaviest first, each with an ID that stays the same from audit to audit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.time_range import to_iso
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import Stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.findings import ERROR, WARNING

NOTICE = "notice"  #: good to know; nothing is wrong with the archive
SEVERITIES = (ERROR, WARNING, NOTICE)  #: the heaviest first
OBJECT_FAULTS = ("object-missing", "object-changed", "data-unreadable")  #: a committed object is not what it was, or not there

_RESTORE = "Restore the object from a copy of the archive, then verify again; find out who changed it."
_ADVICE = {
    "project-unreadable": "Give the role that collects the right to read the project's firewalls and their logs, then run the collection within seven days.",
    "stream-unreadable": "See the reason; collect again within seven days of the missing time.",
    "never-archived": "Add the firewall to the collection; what is older than seven days can't be had from the service any more.",
    "no-longer-expected": "If the firewall was removed, nothing is to be done: its archive stays as it is. Else find out why it is not listed.",
    "time-lost": "Nothing brings it back from the service. Look for another source (LTS, exports), note the reason, and collect at least daily.",
    "time-collectable": "Run the collection before the service drops it.",
    "time-unproven": "Run the collection again before the service drops it; the reason says what prevented the proof.",
    "time-unproven-for-good": "The records that are there stand; that they are all can't be shown any more. Note it as a limit of the evidence.",
    "closed-early": "Run the collection at least daily, so that each window is asked for again until it leaves the seven days.",
    "empty-while-off": "Nothing, if the firewall was meant to be off in that time.",
    "empty-status-unknown": "Let the collection list firewalls (permission cfw:instance:list): so a quiet firewall is told from one that was off.",
    "retention-not-met": "See the stream's other findings for the time that is missing.",
    "retention-not-yet-provable": "Keep collecting; the rule can be shown once the archive reaches back far enough.",
    "object-missing": _RESTORE,
    "object-changed": _RESTORE,
    "data-unreadable": _RESTORE,
    "count-contradicts-data": "Where the object was changed too, restore it. Else the commit is wrong itself: compare both with a copy of the archive.",
    "object-uncommitted": "Run the collection once more: it removes what killed runs left.",
    "head-unknown": "Compare with where the head was written down; look for another copy of the archive.",
    "chain-shortened": "The newest commits were removed: restore them from a copy.",
    "chain-forked": "The chain was written anew: find the original in a copy.",
    "signature-missing": "Give signing_key to the collection, so that a signed commit follows.",
    "signature-unknown-key": "Give the public key of that ID in public_keys, if it is one of yours; else treat the commit as not yours.",
    "spot-check-differs": "Collect again, then repeat the spot check with the same seed; if it still differs, compare the records named.",
    "spot-check-failed": "See the reason; repeat the spot check while the service still has the time.",
}
_ELSE = "Compare the object with a copy of the archive; the archive's format is documented with the collection."


def finding(
    kind: str,
    severity: str,
    message: str,
    *,
    stream: Stream | None = None,
    span: tuple[int | None, int | None] = (None, None),
    evidence: Iterable[str] = (),
    about: str = "",
    count: int = 1,
    advice: str | None = None,
) -> dict[str, Any]:
    """One finding. C{about} tells findings apart that are of one kind, stream, start and evidence."""
    keys = list(evidence)
    start, end = span
    identity = "\0".join([kind, *(stream or ("", "", "")), str(start), about, *keys])
    place = Stream(*stream)._asdict() if stream else dict.fromkeys(Stream._fields)
    return {
        "id": f"{kind}-{hashlib.sha256(identity.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}",
        "kind": kind,
        "severity": severity,
        "message": message,
        "advice": advice or _ADVICE.get(kind, _ELSE),
        **place,
        "start": start,
        "start_iso": None if start is None else to_iso(start),
        "end": end,
        "end_iso": None if end is None else to_iso(end),
        "evidence": keys,
        "count": count,
    }


def of_verification(found: Mapping[str, Any]) -> dict[str, Any]:
    """A finding of verify/verify.py as one of the audit."""
    stream = Stream(**found["stream"]) if found["stream"] else None
    start, end = found["range"] or (None, None)
    evidence = [found["key"]] if found["key"] else []
    about = "" if stream or evidence else found["message"]
    return finding(
        found["id"], found["severity"], found["message"], stream=stream, span=(start, end), evidence=evidence, about=about, count=found["count"]
    )


def ordered(findings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The heaviest first, and of these objects that are not what they were: other findings may follow from them. Then by kind, stream and time."""
    return sorted(
        findings,
        key=lambda one: (
            SEVERITIES.index(one["severity"]),
            one["kind"] not in OBJECT_FAULTS,
            one["kind"],
            *[one[name] or "" for name in Stream._fields],
            one["start"] or 0,
            one["id"],
        ),
    )


def counts(findings: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    sums = dict.fromkeys(SEVERITIES, 0)
    for one in findings:
        sums[one["severity"]] += 1
    return sums
