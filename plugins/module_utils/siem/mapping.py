# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading flow-log records for event schemas: what both schemas need, and the account of what found no exact place.

The archive's raw record stays the evidence; events are copies for search. They lose nothing: a field that has no place, or
whose place can't hold it exactly, is carried along as it was sent.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.query import LOG_TYPES, PROTOCOLS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.refusal import refused
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError

LONG = 2**63 - 1  # the largest integer of both schemas
LAST_MS = 253_402_300_799_999  # the end of the year 9999: later times can't be written as dates
PORTS = 65_535
ANY = "ANY"  # what the service writes for an application that it did not recognise

# The names that IANA gives to the specification's protocols.
IANA_NAMES = {6: "tcp", 17: "udp", 1: "icmp", 58: "ipv6-icmp"}
_NUMBERS = {name.lower(): int(number) for number, name in PROTOCOLS.items()}
_NUMBERS.update({name: number for number, name in IANA_NAMES.items()})

FIREWALL_KEYS = ("project_id", "project_name", "fw_instance_id", "name", "region")


class Record:
    """One record while it is mapped. ``rest`` is what was not taken yet: it goes along as it was sent."""

    def __init__(self, fields: Mapping[str, Any], log_type: str | None) -> None:
        self.rest = dict(fields)
        self._fields = fields
        # A log type that the record itself names is the service's word.
        self.log_type = fields.get("log_type", log_type)
        if log_type is not None:
            self.rest.setdefault("log_type", log_type)

    def __getitem__(self, name: str) -> Any:
        """The value as it was sent, None where there is none; it stays in ``rest``."""
        return self._fields.get(name)

    def text(self, name: str) -> str | None:
        """Take a text that is not empty."""
        value = self[name]
        return self._taken(name, value) if isinstance(value, str) and value else None

    def whole(self, name: str, most: int = LONG) -> int | None:
        """Take a whole number from 0 to ``most``. A fractional one is not rounded: it stays in ``rest``."""
        value = self[name]
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            return None
        return self._taken(name, value)

    def address(self, name: str) -> str | None:
        """Take an IPv4 or IPv6 address."""
        return self._taken(name, self[name]) if ip_version(self[name]) else None

    def _taken(self, name: str, value: Any) -> Any:
        self.rest.pop(name, None)
        return value

    @property
    def protocol(self) -> tuple[int | None, str | None]:
        """Number and IANA's name of the protocol, whether the service sent number or name; None for what is not known."""
        value = self["protocol"]
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            return None, None
        text = str(value).lower()
        number = _NUMBERS.get(text, int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None)
        if number is None or not 0 <= number <= 255:
            return None, None
        return number, IANA_NAMES.get(number)

    @property
    def network(self) -> int | None:
        """4 or 6; None when there is no address, or when both differ."""
        versions = {ip_version(self["src_ip"]), ip_version(self["dst_ip"])} - {None}
        return versions.pop() if len(versions) == 1 else None

    @property
    def application(self) -> str | None:
        """The application that the service recognised."""
        value = self["app"]
        return value if isinstance(value, str) and value and value.upper() != ANY else None

    def start_time(self) -> int:
        """Take ``start_time`` in epoch ms. Raises OptionError: an event without a time is none."""
        start = self.whole("start_time", LAST_MS)
        if start is None:
            raise OptionError(
                f"The record {self['log_id']!r} has no start_time in epoch milliseconds, but {self['start_time']!r}.",
                "Map records as the service sent them.",
                option="start_time",
            )
        return start

    def identity(self) -> str | None:
        """The service's name for the record. Taken where it is a text, as documented; a number is shown as a text, and stays."""
        identity = self.text("log_id")
        number = self["log_id"]
        return str(number) if isinstance(number, int) and not isinstance(number, bool) else identity


def ip_version(value: Any) -> int | None:
    """4 or 6 for an address without a zone, else None."""
    if not isinstance(value, str) or "%" in value:
        return None
    try:
        return ipaddress.ip_address(value).version
    except ValueError:
        return None


def present(**values: Any) -> dict[str, Any]:
    """The values that are there: neither None nor an empty object."""
    return {name: value for name, value in values.items() if value is not None and value != {}}


def each(records: Any, log_type: str | None, firewall: Any, event_of: Callable[[Record, Mapping[str, Any]], dict[str, Any]]) -> Any:
    """The event of a record, or the events of a list of records. Raises OptionError for what is neither, or can't be mapped."""
    if log_type is not None and log_type not in LOG_TYPES:
        raise refused("log_type", log_type, "is not a type of flow logs", f"one of {', '.join(LOG_TYPES)}")
    known = _firewall(firewall)
    if isinstance(records, Mapping):
        if "records" in records and "start_time" not in records:
            raise OptionError("This is a whole result, not its records.", "Give its .records.", option="records")
        return event_of(Record(records, log_type), known)
    if isinstance(records, (str, bytes)) or not isinstance(records, Iterable):
        raise refused("records", records, "is neither a record nor a list of records", "what cloudaudit.huaweicloud.cfw_flow_log_info returns as records")
    events = []
    for number, fields in enumerate(records):
        if not isinstance(fields, Mapping):
            raise refused(f"records[{number}]", fields, "is not a record", "what cloudaudit.huaweicloud.cfw_flow_log_info returns as records")
        events.append(event_of(Record(fields, log_type), known))
    return events


def _firewall(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise refused("firewall", given, "is not a firewall", f"a dictionary with some of {', '.join(FIREWALL_KEYS)}")
    return {name: given[name] for name in FIREWALL_KEYS if given.get(name) is not None}
