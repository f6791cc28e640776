# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a connection option comes from: the task, else the environment, else what came with the credentials.

ENVIRONMENT is the only list of variable names. Families are asked in the order ANSIBLE_HWC_*, HW_*,
HUAWEICLOUD_SDK_*, OS_*. Options that mean one thing in two ways (a project by ID or by name) are settled together, so
that a project named by the task is never overruled by an ID that happens to stand in the environment.
"""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError

FAMILIES = ("ANSIBLE_HWC", "HW", "HUAWEICLOUD_SDK", "OS")

# option -> its variables; each belongs to the family it begins with
ENVIRONMENT: dict[str, tuple[str, ...]] = {
    "access_key": ("ANSIBLE_HWC_ACCESS_KEY", "HW_ACCESS_KEY", "HUAWEICLOUD_SDK_AK", "OS_ACCESS_KEY"),
    "secret_key": ("ANSIBLE_HWC_SECRET_KEY", "HW_SECRET_KEY", "HUAWEICLOUD_SDK_SK", "OS_SECRET_KEY"),
    "security_token": ("HW_SECURITY_TOKEN", "HUAWEICLOUD_SDK_SECURITY_TOKEN", "OS_SECURITY_TOKEN"),
    "auth_token": ("HW_AUTH_TOKEN", "OS_AUTH_TOKEN", "OS_TOKEN"),
    "user_name": ("ANSIBLE_HWC_USER", "HW_USER_NAME", "OS_USERNAME"),
    "password": ("ANSIBLE_HWC_PASSWORD", "HW_USER_PASSWORD", "OS_PASSWORD"),
    "domain_id": ("HW_DOMAIN_ID", "HUAWEICLOUD_SDK_DOMAIN_ID"),
    "domain_name": ("ANSIBLE_HWC_DOMAIN", "HW_DOMAIN_NAME", "OS_DOMAIN_NAME", "OS_USER_DOMAIN_NAME"),
    "project_id": ("ANSIBLE_HWC_PROJECT_ID", "HW_PROJECT_ID", "HUAWEICLOUD_SDK_PROJECT_ID", "OS_PROJECT_ID"),
    "project_name": ("ANSIBLE_HWC_PROJECT", "HW_PROJECT_NAME", "OS_PROJECT_NAME"),
    "region": ("ANSIBLE_HWC_REGION", "HW_REGION_NAME", "OS_REGION_NAME"),
    "auth_url": ("ANSIBLE_HWC_IDENTITY_ENDPOINT", "HW_AUTH_URL", "HUAWEICLOUD_SDK_IAM_ENDPOINT", "OS_AUTH_URL"),
    "endpoint": ("HW_CFW_ENDPOINT",),
    "enterprise_project_id": ("HW_ENTERPRISE_PROJECT_ID",),
    "credentials_file": ("HUAWEICLOUD_SDK_CREDENTIALS_FILE",),
    "ca_path": ("OS_CACERT",),
}
INSECURE = ("HW_INSECURE", "OS_INSECURE")
METADATA_ENDPOINT = "HUAWEICLOUD_METADATA_ENDPOINT"

DEFAULTS: dict[str, Any] = {"validate_certs": True, "timeout": 30.0, "retry_timeout": 120.0, "rate_limit": None}

_ALIKE = (("project_id", "project_name"), ("domain_id", "domain_name"))


def given(value: Any) -> bool:
    """Whether somebody set it. Empty text counts as unset: AWX and templates pass it for "nothing"."""
    return value is not None and value != ""


def of_family(family: str, option: str, environ: Mapping[str, str]) -> tuple[str | None, str | None]:
    """(variable, value) of the first variable of that family that is set; (None, None) when none is."""
    for variable in ENVIRONMENT[option]:
        if variable.startswith(family + "_") and given(environ.get(variable)):
            return variable, environ[variable]
    return None, None


def names_of(option: str, family: str | None = None) -> list[str]:
    return [name for name in ENVIRONMENT[option] if family is None or name.startswith(family + "_")]


def settle(options: Mapping[str, Any], environ: Mapping[str, str], last: Mapping[str, Any]) -> dict[str, Any]:
    """All connection options with their values, None where nothing says. ``last`` is asked last (credentials file).

    Raises OptionError for a value that can't be used.
    """
    levels: list[Mapping[str, Any]] = [options]
    levels += [{option: of_family(family, option, environ)[1] for option in ENVIRONMENT} for family in FAMILIES]
    levels.append(last)
    settled = {option: _first(levels, (option,)).get(option) for option in ENVIRONMENT}
    for alike in _ALIKE:
        settled.update(_first(levels, alike))
    settled["validate_certs"] = _validate_certs(options.get("validate_certs"), environ)
    settled["timeout"] = _number("timeout", options, above=0)
    settled["retry_timeout"] = _number("retry_timeout", options, least=0)
    settled["rate_limit"] = _number("rate_limit", options, above=0)
    return settled


def _first(levels: Iterable[Mapping[str, Any]], alike: tuple[str, ...]) -> dict[str, Any]:
    for level in levels:
        found = {option: level.get(option) if given(level.get(option)) else None for option in alike}
        if any(given(value) for value in found.values()):
            return found
    return dict.fromkeys(alike)


def _validate_certs(value: Any, environ: Mapping[str, str]) -> bool:
    if isinstance(value, bool):
        return value
    if given(value):
        return _boolean("validate_certs", str(value))
    for variable in INSECURE:
        if given(environ.get(variable)):
            return not _boolean(variable, environ[variable])
    return bool(DEFAULTS["validate_certs"])


def _boolean(name: str, text: str) -> bool:
    if text.strip().lower() in ("1", "true", "yes", "on"):
        return True
    if text.strip().lower() in ("0", "false", "no", "off"):
        return False
    raise OptionError(f"{name} is {text!r}, which is neither true nor false.", option=name, value=text, allowed=["true", "false"])


def _number(option: str, options: Mapping[str, Any], above: float | None = None, least: float | None = None) -> float | None:
    value = options.get(option)
    if not given(value):
        value = DEFAULTS[option]
        return value if value is None else float(value)
    allowed = f"more than {above:g}" if above is not None else f"{least:g} or more"
    try:
        number = float("nan" if isinstance(value, bool) else str(value))
    except (TypeError, ValueError):
        number = float("nan")
    # a year is more than any sensible wait, and far from what a socket's or a lock's timeout can hold
    in_range = number < 31_536_000 and (number > above if above is not None else number >= (least or 0))
    if not in_range:
        raise OptionError(f"{option} is {value!r}; it must be a number, {allowed}.", option=option, value=value, allowed=allowed)
    return number
