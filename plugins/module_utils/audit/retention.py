# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long logs must be kept, and whether an archive shows that they are: named rules, judged for each stream from evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.coverage import KEEP_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.timeline import COLLECTABLE, LOST, UNPROVEN, Range
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS

MET = "met"
NOT_MET = "not met"
NOT_YET_PROVABLE = "not yet provable"
MAX_DAYS = 36_500


class Rule(NamedTuple):
    """Logs of the last C{days} must be kept; those of the last C{immediately} days must be at hand."""

    name: str
    days: int
    immediately: int


class Judgement(NamedTuple):
    """Whether a stream meets a rule, and the reason in words."""

    state: str
    reason: str


READY = {
    # Cybersecurity Law of the People's Republic of China, article 21 (3): network logs for at least six months.
    "china-cybersecurity-law": Rule("china-cybersecurity-law", 180, 0),
    # Multi-Level Protection Scheme 2.0 (GB/T 22239-2019): the same six months.
    "mlps-2.0": Rule("mlps-2.0", 180, 0),
    # PCI DSS 4.0, requirement 10.5.1: twelve months, the latest three of them immediately available.
    "pci-dss-4": Rule("pci-dss-4", 365, 90),
}


def check_rules(given: Iterable[Mapping[str, Any]] | None) -> list[Rule]:
    """The rules of the option C{retention}. A name of a ready set needs no days. @raise OptionError: says which rule is wrong, and why."""
    rules: list[Rule] = []
    for number, entry in enumerate(given or ()):
        option = f"retention[{number}]"
        name = entry["name"]
        ready = READY.get(name)
        if entry.get("days") is None and ready is None:
            raise OptionError(
                f"{option}.days is missing, and '{name}' is not the name of a ready set.",
                f"Give the days, or one of the names {', '.join(READY)}.",
                option=f"{option}.days",
                allowed=list(READY),
            )
        days, immediately = (ready.days, ready.immediately) if ready else (0, 0)
        days = days if entry.get("days") is None else entry["days"]
        immediately = immediately if entry.get("immediately") is None else entry["immediately"]
        if not 1 <= days <= MAX_DAYS or not 0 <= immediately <= days:
            raise OptionError(
                f"{option}: {days} days, {immediately} of them immediately available, is not a rule.",
                f"Days are 1 to {MAX_DAYS}, and immediately is 0 to days.",
                option=option,
            )
        if any(rule.name == name for rule in rules):
            raise OptionError(f"{option}: '{name}' is given twice.", "Give each rule a name of its own.", option=option, value=name)
        rules.append(Rule(name, days, immediately))
    return rules


def earliest(rules: Iterable[Rule], now: int) -> int | None:
    """Since when (epoch ms) the rules want logs; None without rules."""
    return min((now - rule.days * DAY_MS for rule in rules), default=None)


def judge(
    rule: Rule, ranges: Sequence[Range], missing: Iterable[tuple[int, int]], now: int, *, removed_before: int | None, objects_seen: bool
) -> Judgement:
    """Judge one stream. C{ranges} is its time from its first covered moment until now, whatever time an audit asks about.

    C{missing} are the times (epoch ms) of committed objects that are gone or can't be read, C{removed_before} is until when data
    were removed on purpose. C{objects_seen} tells whether objects were looked for at all: else nobody knows whether any are at hand.
    """
    since = now - rule.days * DAY_MS
    inside = [one for one in ranges if one.end > since]
    gone = [span for span in missing if span[1] > since]
    if gone:
        return Judgement(NOT_MET, f"committed objects of {len(gone)} days or files in the time are missing or unreadable")
    if removed_before is not None and removed_before > since and any(one.start < removed_before for one in inside):
        return Judgement(NOT_MET, "data of the time were removed by a shorter retention")
    for one in inside:
        if one.state == LOST:
            return Judgement(NOT_MET, "time in it was never collected and is lost")
        if one.state == UNPROVEN and one.end <= now - KEEP_MS:
            return Judgement(NOT_MET, "time in it can't be proven complete any more")
    if not inside:
        return Judgement(NOT_MET, "nothing is archived")
    for one in inside:
        if one.state in (COLLECTABLE, UNPROVEN):
            return Judgement(NOT_YET_PROVABLE, "time in it is still to be collected or proven")
    if inside[0].start > since:
        return Judgement(NOT_YET_PROVABLE, "the archive begins later; all since then is kept")
    if rule.immediately and not objects_seen:
        return Judgement(NOT_YET_PROVABLE, "whether the objects are at hand was not looked for (verify is none)")
    return Judgement(MET, "all of the time is archived")
