# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One bounded query of flow logs, answered in memory: for the module and the lookup."""

from __future__ import annotations

import json
import threading
from typing import Any, NamedTuple, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.api import Cfw
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.collector import Collector
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.paging import Chain, NoWayOn, Untrusted
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.query import PROTOCOLS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.reading import Reading, identity
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.source import Source
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.task import Task
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import BadRequest, Interrupted


class Answer(NamedTuple):
    """What a query brought."""

    records: list[bytes]  #: JSON objects as sent
    total: int | None  #: how many records match, where that is known; never a page's count
    complete: bool  #: every record that matches (from the given place on) is here, and that is proven
    reasons: list[str]  #: why it is not complete
    next: dict[str, Any] | None  #: parameters that go on after the last record, if there is more and a way to it
    requests: int


def flow_logs(cfw: Cfw, project_id: str, params: dict[str, Any], *, max_records: int = 0, resume: dict[str, Any] | None = None) -> Answer:
    """Fetch the flow logs that match the checked wire parameters C{params} (specification: "Querying Flow Logs").

    @param max_records: the most to return, 0 for no bound. @param resume: C{log_id}, C{next_date}, C{offset} of an earlier answer.
    @raise CloudAuditError: the service refuses or can't be reached.
    """
    base = dict(params)
    start, end = int(base.pop("start_time")), int(base.pop("end_time"))
    page_size = int(base.pop("limit"))
    if "offset" in base:
        resume = dict(resume or {}, offset=base.pop("offset"))
    if max_records:
        page_size = min(page_size, max(2, max_records + 1))  # one more than wanted tells whether there is more
    source = Source(cfw, project_id, base, page_size)
    _settle_protocol(source, start, end)
    reading = Reading(page_proven=page_size + 1)  # the documented page size is taken at its word here
    chain = Chain(source, reading, start, end, resume)
    found: list[Record] = []
    why: list[str] = []
    try:
        for rows in chain.pages():
            found.extend(rows)
            if max_records and (len(found) > max_records or (len(found) == max_records and chain.more)):
                why = [f"max_records is {max_records}"]
                break
    except (NoWayOn, Untrusted) as exc:
        if resume:
            why = [str(exc)]
        else:
            return _by_collector(source, reading, start, end, max_records)
    cut = found[:max_records] if max_records else found
    records = [record.raw for record in cut] + ([] if why else chain.misfits)
    why += _ignored_protocol(source, records)
    following = chain.next_cursor(cut[-1], len(cut)) if why and cut else None
    return Answer(records, _total(reading, chain.first_total, records, why, resume), not why, why, following, source.requests)


def _total(reading: Reading, first_total: int | None, records: Sequence[bytes], why: Sequence[str], resume: dict[str, Any] | None) -> int | None:
    if resume:
        return None
    return reading.matches(first_total) if why else len(records)


def _by_collector(source: Source, reading: Reading, start: int, end: int, max_records: int) -> Answer:
    """The service can't be paged through this range as a whole: collect it in parts, as for the archive."""
    found: dict[str | bytes, Record] = {}
    stop = threading.Event()

    def deliver(rows: Sequence[Record]) -> None:
        found.update((identity(record), record) for record in rows)
        if max_records and len(found) >= max_records:
            stop.set()

    last = end + 1 if reading.end_bound == "inclusive" else end
    task = Task(source, reading, start, last, last, deliver)
    Collector(1, stop).collect([task])
    if task.error is not None and not isinstance(task.error, Interrupted):
        raise task.error  # pylint: disable=raising-bad-type
    why = sorted({reason for _start, _end, reason in task.doubts})
    if max_records and (len(found) > max_records or task.error is not None):
        why.append(f"max_records is {max_records}, and the service offers no way to go on from there")
    records = [record.raw for record in sorted(found.values())]
    if max_records:
        records = records[:max_records]
    why += _ignored_protocol(source, records)
    return Answer(records, _total(reading, task.counted, records, why, None), not why, why, None, source.requests)


# Whether the service's filter takes names or numbers is an open reading; a form that it does not know matches nothing.

_OTHER_FORM = {**PROTOCOLS, **{name: number for number, name in PROTOCOLS.items()}}


def _settle_protocol(source: Source, start: int, end: int) -> None:
    given = source.params.get("protocol")
    other = _OTHER_FORM.get(str(given))
    if given is None or other is None or _brings_records(source, start, end):
        return
    source.params["protocol"] = other
    if not _brings_records(source, start, end):
        source.params["protocol"] = given


def _brings_records(source: Source, start: int, end: int) -> bool:
    try:
        page = source.ask(start, end, limit=1)
    except BadRequest:
        return False
    return page.size > 0


def _ignored_protocol(source: Source, records: Sequence[bytes]) -> list[str]:
    asked = source.params.get("protocol")
    if asked is None or str(asked) in ("-1", PROTOCOLS["-1"]):
        return []
    forms = {str(form).lower() for form in (asked, _OTHER_FORM.get(str(asked)))}
    for raw in records:
        if str(json.loads(raw).get("protocol")).lower() not in forms:
            return [f"the service sent other protocols although {asked} was asked for"]
    return []
