# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One bounded query of flow logs, from a door's options to its result: shared by the module and the lookup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.coverage import KEEP_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.planning import ABOUT_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.api import Cfw
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.flow_logs import flow_logs
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.query import build
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.refusal import refused
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.time_range import roughly, to_iso
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import DependencyError, OptionError

_PLACE = ("log_id", "next_date", "offset")


class FlowLogQuery(NamedTuple):
    """What to ask, checked. ``resume`` is the place to go on from, ``expression`` a compiled JMESPath expression; either may be absent."""

    params: dict[str, str | int]
    resume: dict[str, str | int] | None
    max_records: int
    expression: Any


def prepare(options: Mapping[str, Any], now_ms: int | None = None) -> FlowLogQuery:
    """Check the options of a query. Sends nothing; raises OptionError, or DependencyError when ``query`` needs jmespath."""
    # The enterprise project belongs to the connection, which may know it from the environment.
    params = build({**options, "enterprise_project_id": None}, now_ms)
    resume = None
    if "log_id" in params:
        resume = {name: params.pop(name) for name in _PLACE if name in params}
    max_records = options.get("max_records")
    if max_records is None or isinstance(max_records, bool) or max_records < 0:
        raise refused("max_records", max_records, "is not a number of records", "a positive integer, or 0 for no bound")
    return FlowLogQuery(params, resume, max_records, _compile(options.get("query")))


def ask(session: Session, query: FlowLogQuery) -> dict[str, Any]:
    """Ask the service and return the result as it is documented in the module cfw_flow_log_info."""
    params = dict(query.params)
    if session.enterprise_project_id is not None:
        params["enterprise_project_id"] = session.enterprise_project_id
    answer = flow_logs(Cfw(session), session.project_id(), params, max_records=query.max_records, resume=query.resume)
    records = [json.loads(raw) for raw in answer.records]
    start_time, end_time = int(query.params["start_time"]), int(query.params["end_time"])
    reasons = answer.reasons + _forgotten(start_time, session.now())
    result: dict[str, Any] = {
        "count": len(records),
        "total": answer.total,
        "complete": not reasons,
        "reasons": reasons,
        "next": answer.next,
        "requests": answer.requests,
        "start_time": start_time,
        "start_time_iso": to_iso(start_time),
        "end_time": end_time,
        "end_time_iso": to_iso(end_time),
    }
    if query.expression is None:
        result["records"] = records
    else:
        result["result"] = _evaluate(query.expression, {"records": records, "count": len(records), "total": answer.total})
    return result


def incompleteness(result: Mapping[str, Any]) -> str | None:
    """Return the warning for a result that is not complete: what it is, why, and how to go on. None when it is complete."""
    if result["complete"]:
        return None
    because = "; ".join(result["reasons"])
    if result["next"] is None:
        then = "There is no place to go on from. Ask for shorter time ranges, inside the seven days."
    else:
        place = ", ".join(f"{name}={value}" for name, value in result["next"].items())
        then = f"Go on with {place}, start_time={result['start_time']} and end_time={result['end_time']}, or raise max_records."
    of_total = "" if result["total"] in (None, result["count"]) else f" of {result['total']}"
    return f"The answer is not complete, it has {result['count']}{of_total} records: {because}. {then}"


def _forgotten(start_ms: int, now_ms: int) -> list[str]:
    """Why a range that begins before what the service keeps can't be proven complete; empty for one inside of it."""
    early = now_ms - KEEP_MS - start_ms
    return [f"the range begins {roughly(early)} before the seven days that the service keeps"] if early > ABOUT_MS else []


def _compile(expression: str | None) -> Any:
    if expression is None:
        return None
    try:
        import jmespath
        import jmespath.exceptions
        import jmespath.functions
    except ImportError:
        raise DependencyError("jmespath", "to evaluate the option query") from None
    try:
        compiled = jmespath.compile(expression)
    except (jmespath.exceptions.JMESPathError, ValueError) as error:
        raise _bad_expression(expression, str(error)) from None
    # jmespath itself would notice only after all records were fetched.
    unknown = _functions(compiled.parsed) - set(jmespath.functions.Functions.FUNCTION_TABLE)
    if unknown:
        raise _bad_expression(expression, f"there is no function {', '.join(sorted(unknown))}")
    return compiled


def _functions(node: Mapping[str, Any]) -> set[str]:
    """The names of the functions in a parsed expression."""
    names = {node["value"]} if node["type"] == "function_expression" else set()
    return names.union(*(_functions(child) for child in node["children"] if isinstance(child, Mapping)))


def _evaluate(expression: Any, document: Mapping[str, Any]) -> Any:
    import jmespath.exceptions

    try:
        return expression.search(document)
    except (jmespath.exceptions.JMESPathError, ArithmeticError, TypeError, ValueError) as error:
        raise _bad_expression(expression.expression, str(error) or type(error).__name__) from None


def _bad_expression(expression: str, why: str) -> OptionError:
    return refused(
        "query", expression, f"can't be evaluated ({' '.join(why.split())})", "a JMESPath expression over an object with the keys records, count and total"
    )
