# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX (24.6) accepts, as far as this collection's set-up touches it. Each check raises Refused with AWX's field and a reason.

From what is known of AWX's checks; a real AWX may check more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from dateutil.rrule import rrulestr
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

SECRET = "$encrypted$"
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_NOT_FOR_CREDENTIALS = {"PATH", "PYTHONPATH", "VIRTUAL_ENV", "JOB_ID", "INVENTORY_ID", "CACHE", "AWX_HOST", "MAX_EVENT_RES", "INVENTORY_HOSTVARS"}
_FIELD_KEYS = {"id", "type", "label", "help_text", "secret", "multiline", "format", "choices", "default", "ask_at_runtime"}
_QUESTION_TYPES = {"text": str, "textarea": str, "password": str, "multiplechoice": str, "multiselect": (str, list), "integer": int, "float": (int, float)}
_NOTIFICATIONS: dict[str, dict[str, type]] = {  # the settings that have no default
    "email": {"host": str, "port": int, "username": str, "password": str, "use_tls": bool, "use_ssl": bool, "sender": str, "recipients": list},
    "slack": {"token": str, "channels": list},
    "webhook": {"url": str, "headers": dict},
}
NOTIFICATION_SECRETS = ("password", "token")


class Refused(Exception):
    """AWX answers 400: which field, and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.body = {field: [reason]}


def refuse_if(wrong: Any, field: str, reason: str) -> None:
    if wrong:
        raise Refused(field, reason)


def check_credential_type(given: Mapping[str, Any]) -> None:
    refuse_if(given["kind"] not in ("cloud", "net"), "kind", f"{given['kind']!r}: custom types are of kind cloud or net")
    inputs, injectors = given["inputs"], given["injectors"]
    refuse_if(set(inputs) - {"fields", "required"}, "inputs", "only fields and required")
    fields: dict[str, str] = {}
    for field in inputs.get("fields", []):
        refuse_if(set(field) - _FIELD_KEYS or not {"id", "label"} <= set(field), "inputs", f"{field}: unknown or missing keys")
        refuse_if(field.get("type", "string") not in ("string", "boolean"), "inputs", f"{field.get('type')!r} is no type")
        refuse_if(not _NAME.fullmatch(field["id"]) or field["id"] == "tower", "inputs", f"{field['id']!r} is no name for a field")
        refuse_if(field["id"] in fields, "inputs", f"field {field['id']} is there twice")
        for key in ("choices", "multiline", "format", "secret"):
            refuse_if(key in field and field.get("type", "string") != "string", "inputs", f"{key} is for strings")
        fields[field["id"]] = "EXAMPLE"
    refuse_if(set(inputs.get("required", ())) - set(fields), "inputs", "a field that is required is not defined")
    refuse_if(set(injectors) - {"env", "extra_vars", "file"}, "injectors", "only env, extra_vars and file")
    for name, template in injectors.get("env", {}).items():
        refuse_if(not _NAME.fullmatch(name), "injectors", f"{name} is no name of an environment variable")
        refuse_if(name.startswith("ANSIBLE_") or name in _NOT_FOR_CREDENTIALS, "injectors", f"{name} may not be set by credentials")
        refuse_if(not template.isascii(), "injectors", f"{name} is not ASCII")
    for templates in injectors.values():
        for name, template in templates.items():
            try:
                ImmutableSandboxedEnvironment(undefined=StrictUndefined).from_string(template).render(fields)
            except TemplateError as error:
                raise Refused("injectors", f"{name}: {error}") from None


def check_credential_inputs(credential_type: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
    known = {field["id"]: {"string": str, "boolean": bool}[field.get("type", "string")] for field in credential_type["inputs"].get("fields", [])}
    for name, value in inputs.items():
        refuse_if(name not in known, "inputs", f"{name} is no field of {credential_type['name']}")
        refuse_if(not isinstance(value, known[name]), "inputs", f"{name} is not of type {known[name].__name__}")


def check_survey(spec: Mapping[str, Any]) -> None:
    parts: list[tuple[str, type]] = [("name", str), ("description", str), ("spec", list)]
    for field, kind in parts:
        refuse_if(not isinstance(spec.get(field), kind), "error", f"{field} is missing, or of a wrong type")
    refuse_if(not spec["spec"], "error", "spec has no question")
    variables = set()
    parts = [("type", str), ("question_name", str), ("variable", str), ("required", bool)]
    for number, question in enumerate(spec["spec"]):
        where = f"question {number}"
        for field, kind in parts:
            refuse_if(not isinstance(question.get(field), kind), "error", f"{where}: {field} is missing, or of a wrong type")
        refuse_if(question["variable"] in variables, "error", f"{where}: {question['variable']} was asked before")
        variables.add(question["variable"])
        refuse_if(question["type"] not in _QUESTION_TYPES, "error", f"{where}: {question['type']} is no type")
        default = question.get("default", "")
        wrong = default != "" and (not isinstance(default, _QUESTION_TYPES[question["type"]]) or isinstance(default, bool))  # type: ignore[arg-type]
        refuse_if(wrong, "error", f"{where}: the default {default!r} is of a wrong type")
        for bound in ("min", "max"):
            refuse_if(not isinstance(question.get(bound, 0), int), "error", f"{where}: {bound} is no integer")
        if question["type"] in ("multiplechoice", "multiselect"):
            choices = question.get("choices")
            choices = choices.splitlines() if isinstance(choices, str) else choices
            refuse_if(not choices or not all(isinstance(choice, str) for choice in choices), "error", f"{where}: no choices, or some are no texts")
            chosen = default.splitlines() if isinstance(default, str) else default
            refuse_if(question["type"] == "multiplechoice" and len(chosen) > 1, "error", f"{where}: more than one default")
            refuse_if(set(chosen) - set(choices), "error", f"{where}: the default is none of the choices")


def check_rrule(rrule: str) -> None:
    starts = re.findall(r"DTSTART(?:;TZID=[^:]+)?:\d{8}T\d{6}Z?", rrule)
    refuse_if(len(starts) != 1, "rrule", "one DTSTART is required")
    refuse_if(starts[0].startswith("DTSTART:") and not starts[0].endswith("Z"), "rrule", "DTSTART has no time zone")
    rules = re.findall(r"RULE:\S*", rrule)
    refuse_if(not rules, "rrule", "a rule is required")
    refuse_if("EXDATE" in rrule.upper() or "RDATE" in rrule.upper(), "rrule", "EXDATE and RDATE are not allowed")
    for rule in rules:
        refuse_if("INTERVAL" not in rule, "rrule", "INTERVAL is required")
        refuse_if("SECONDLY" in rule, "rrule", "SECONDLY is not supported")
        refuse_if("COUNT" in rule and "UNTIL" in rule, "rrule", "COUNT and UNTIL exclude each other")
    try:
        rrulestr(rrule, forceset=True)
    except (ValueError, TypeError) as error:
        raise Refused("rrule", f"can't be parsed: {error}") from None


def check_notification(given: Mapping[str, Any]) -> None:
    wanted = _NOTIFICATIONS.get(given["notification_type"])
    refuse_if(wanted is None, "notification_type", f"{given['notification_type']!r} is none that this double knows")
    for name, wanted_type in (wanted or {}).items():
        value = given["notification_configuration"].get(name)
        refuse_if(not isinstance(value, wanted_type), "notification_configuration", f"{name} is missing, or of a wrong type")


def check_json(field: str, text: str) -> None:
    """AWX keeps variables as text."""
    refuse_if(not isinstance(text, str), field, "is no text")
    try:
        refuse_if(not isinstance(json.loads(text or "{}"), dict), field, "is no dictionary")
    except ValueError as error:
        raise Refused(field, f"can't be parsed: {error}") from None
