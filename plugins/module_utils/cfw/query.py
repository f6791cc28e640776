# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The query parameters of ``GET /v1/{project_id}/cfw/logs/flow`` and their constraints: the one table of them.

Source: the specification "Querying Flow Logs", tables "Path Parameters" and "Query Parameters". The table feeds the argument
specs of modules and lookup, the checks before any request, and the request itself; a parameter has one name in all of them.
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw import time_range
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.refusal import refused
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError

MAX_PAGE = 1024
MAX_TEXT = 256
MAX_INTEGER = 2**31 - 1

# The specification's numbers, and the names that the service's records show.
PROTOCOLS = {"6": "TCP", "17": "UDP", "1": "ICMP", "58": "ICMPv6", "-1": "ANY"}

# IDs become parts of URLs and of folder names: nothing that could leave its place is let through.
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PROTOCOL_FORMS = {form.lower(): form for pair in PROTOCOLS.items() for form in pair}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Parameter(NamedTuple):
    """One query parameter: its documented name, the kind that decides its checks, and its documented constraint."""

    name: str
    kind: str  # "id", "text", "choice", "ip", "protocol", "integer" or "time"
    required: bool = False
    default: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] | None = None

    @property
    def option_type(self) -> str:
        """The type in an argument spec. Times are text there: they may be numbers, dates or relative."""
        return "int" if self.kind == "integer" else "str"


PARAMETERS = (
    Parameter("fw_instance_id", "id", required=True),
    Parameter("start_time", "time", required=True),
    Parameter("end_time", "time", required=True),
    Parameter("log_type", "choice", choices=("internet", "vpc", "nat", "vgw")),
    Parameter("direction", "choice", choices=("in2out", "out2in")),
    Parameter("src_ip", "ip"),
    Parameter("src_port", "integer", minimum=0, maximum=65535),
    Parameter("dst_ip", "ip"),
    Parameter("dst_port", "integer", minimum=0, maximum=65535),
    Parameter("protocol", "protocol"),
    Parameter("app", "text"),
    Parameter("dst_host", "text"),
    Parameter("src_region_name", "text"),
    Parameter("dst_region_name", "text"),
    Parameter("src_province_name", "text"),
    Parameter("dst_province_name", "text"),
    Parameter("src_city_name", "text"),
    Parameter("dst_city_name", "text"),
    Parameter("log_id", "text"),
    Parameter("next_date", "integer", minimum=0, maximum=time_range.LATEST_MS),
    Parameter("offset", "integer", minimum=0, maximum=MAX_INTEGER),
    Parameter("limit", "integer", default=MAX_PAGE, minimum=1, maximum=MAX_PAGE),
    Parameter("enterprise_project_id", "id"),
)
BY_NAME: dict[str, Parameter] = {parameter.name: parameter for parameter in PARAMETERS}
LOG_TYPES = BY_NAME["log_type"].choices or ()


def build(options: Mapping[str, object], now_ms: int | None = None) -> dict[str, str | int]:
    """Return the checked parameters of the call, by their name on the wire; options that are absent or ``None`` are left out.

    Times come out in epoch milliseconds; relative ones count from ``now_ms``, by default this machine's clock. Keys of ``options`` that
    are no query parameter are somebody else's and ignored. Raises OptionError before anything is sent.
    """
    now = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    wire = {}
    for parameter in PARAMETERS:
        value = options.get(parameter.name)
        if value is None:
            value = parameter.default
        if value is not None:
            wire[parameter.name] = check(parameter, value, now)
        elif parameter.required:
            raise OptionError(
                f"{parameter.name} is missing.", "The service requires it: give it.", option=parameter.name, value=None, allowed=allowed(parameter)
            )
    _check_together(wire)
    return wire


def check(parameter: Parameter, value: object, now_ms: int) -> str | int:
    """Return one value as it goes on the wire, or raise OptionError."""
    if parameter.kind == "time":
        return time_range.parse(value, now_ms, parameter.name)
    if parameter.kind == "integer":
        return _integer(parameter, value)
    if parameter.kind == "protocol" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _refused(parameter, value, f"is a {type(value).__name__}, not a string")
    if not value.strip():
        raise _refused(parameter, value, "is empty (leave the option out, or set it to the special variable omit)")
    return _TEXT_CHECKS[parameter.kind](parameter, value)


def check_id(name: str, value: object) -> str:
    """Return an ID that is safe in a URL's path and in a folder name, or raise OptionError that names the option ``name``."""
    return str(check(Parameter(name, "id"), value, 0))


def allowed(parameter: Parameter) -> str:
    """Say in words what a parameter may be: the text of errors, and what the documentation is held against."""
    if parameter.kind == "integer":
        return f"an integer from {parameter.minimum} to {parameter.maximum}"
    if parameter.kind == "choice":
        return f"one of {', '.join(parameter.choices or ())}"
    return {
        "id": "1 to 64 letters, digits, hyphens and underscores",
        "ip": "one IPv4 or IPv6 address",
        "protocol": f"one of {', '.join(PROTOCOLS.values())} or {', '.join(PROTOCOLS)}",
        "text": f"1 to {MAX_TEXT} characters without control characters",
        "time": time_range.TIME_FORMS,
    }[parameter.kind]


def _refused(parameter: Parameter, value: object, why: str) -> OptionError:
    return refused(parameter.name, value, why, allowed(parameter))


def _check_together(wire: Mapping[str, str | int]) -> None:
    time_range.check_order(int(wire["start_time"]), int(wire["end_time"]))
    given, missing = ("log_id", "next_date") if "log_id" in wire else ("next_date", "log_id")
    if given in wire and missing not in wire:
        raise OptionError(
            f"{given} is given without {missing}.",
            "Both together are the place to go on from: take them from the next of an earlier answer, or leave both out for the first page.",
            option=missing,
            value=None,
            allowed=allowed(BY_NAME[missing]),
        )


def _integer(parameter: Parameter, value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,19}", value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refused(parameter, value, "is not an integer")
    if not (parameter.minimum or 0) <= value <= (parameter.maximum or MAX_INTEGER):
        raise _refused(parameter, value, "is out of range")
    return value


def _id(parameter: Parameter, value: str) -> str:
    if not _ID.fullmatch(value):
        raise _refused(parameter, value, "is not an ID")
    return value


def _choice(parameter: Parameter, value: str) -> str:
    if value not in (parameter.choices or ()):
        raise _refused(parameter, value, "is not known")
    return value


def _ip(parameter: Parameter, value: str) -> str:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        raise _refused(parameter, value, "is not an IP address (networks and names are not accepted)") from None
    if getattr(address, "scope_id", None):
        raise _refused(parameter, value, "has a zone, which means nothing outside of one machine")
    return value


def _protocol(parameter: Parameter, value: str) -> str:
    # The specification gives numbers, newer pages of the vendor give names: what the user chose is passed on, in its documented spelling.
    form = _PROTOCOL_FORMS.get(value.strip().lower())
    if form is None:
        raise _refused(parameter, value, "is not known")
    return form


def _text(parameter: Parameter, value: str) -> str:
    if len(value) > MAX_TEXT:
        raise _refused(parameter, value, f"has {len(value)} characters")
    if _CONTROL.search(value):
        raise _refused(parameter, value, "contains a control character")
    return value


_TEXT_CHECKS: dict[str, Callable[[Parameter, str], str]] = {"id": _id, "choice": _choice, "ip": _ip, "protocol": _protocol, "text": _text}
