# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which credentials are used: the one documented precedence.

With ``auth_source: auto`` the first of these that is there:

1. the task's options: ``auth_token``, else ``access_key`` with ``secret_key``, else ``user_name`` with ``password``;
2. the environment, family by family (ANSIBLE_HWC_*, HW_*, HUAWEICLOUD_SDK_*, OS_*): within the first family that has
   any of them the same order: token, access key, password;
3. the credentials file (``credentials_file``, HUAWEICLOUD_SDK_CREDENTIALS_FILE, ``~/.huaweicloud/credentials``), when
   it exists. A ``credentials_file`` named by the task is the task's word and comes before the environment;
4. the metadata service of the cloud server this runs on.

``auth_source`` forces one: token, access_key and password look at the options, then the environment; file and metadata
look there only. A set that is begun but not whole (an access key without its secret key) is an error, never completed
from another place: two halves of two identities would give a refusal that nobody understands.
"""

from __future__ import annotations

import os
from types import ModuleType
from typing import Any, Mapping

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud import (
    auth_access_key,
    auth_metadata,
    auth_password,
    auth_token,
    connection_options,
    credentials_file,
)
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.identity import Credentials
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError

WAYS: dict[str, ModuleType] = {way.NAME: way for way in (auth_token, auth_access_key, auth_password)}
SOURCES = ("auto", *WAYS, "file", auth_metadata.NAME)


def resolve(options: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Credentials:
    """The credentials to use; ``environ`` is the process's own unless given. Only ``metadata`` may touch the network.

    Raises OptionError that says what is missing.
    """
    environ = os.environ if environ is None else environ
    asked = options.get("auth_source") or "auto"
    if asked not in SOURCES:
        raise OptionError(f"auth_source is {asked!r}; it must be one of {', '.join(SOURCES)}.", option="auth_source", value=asked, allowed=list(SOURCES))
    if asked == auth_metadata.NAME:
        return auth_metadata.MetadataCredentials(auth_metadata.address(environ))
    if asked == "file":
        return _from_file(options, environ, must_exist=True)  # type: ignore[return-value]
    ways = list(WAYS.values()) if asked == "auto" else [WAYS[asked]]
    found = _from_options(ways, options, environ)
    if found is None and asked == "auto" and connection_options.given(options.get("credentials_file")):
        found = _from_file(options, environ, must_exist=True)
    if found is None:
        found = _from_environment(ways, options, environ)
    if found is None and asked == "auto":
        found = _from_file(options, environ, must_exist=False)
    if found is None and asked == "auto":
        metadata = auth_metadata.MetadataCredentials(auth_metadata.address(environ))
        found = metadata if metadata.reachable() else None
    if found is None:
        raise _nothing_found(asked, ways)
    return found


def _from_options(ways: list[ModuleType], options: Mapping[str, Any], environ: Mapping[str, str]) -> Credentials | None:
    for way in ways:
        values = {name: str(options[name]) for name in (*way.REQUIRED, *way.OPTIONAL) if connection_options.given(options.get(name))}
        if any(name in values for name in way.REQUIRED):
            missing = [name for name in way.REQUIRED if name not in values]
            if missing:
                raise _incomplete([name for name in way.REQUIRED if name in values], missing, "the task's options")
            return _create(way, values, "the task's options", options, environ)
    return None


def _from_environment(ways: list[ModuleType], options: Mapping[str, Any], environ: Mapping[str, str]) -> Credentials | None:
    for family in connection_options.FAMILIES:
        for way in ways:
            values: dict[str, str] = {}
            variables: list[str] = []
            for name in (*way.REQUIRED, *way.OPTIONAL):
                variable, value = connection_options.of_family(family, name, environ)
                if variable is not None and value is not None:
                    values[name] = value
                    variables.append(variable)
            if any(name in values for name in way.REQUIRED):
                missing = ["/".join(connection_options.names_of(name, family)) for name in way.REQUIRED if name not in values]
                if missing:
                    raise _incomplete(variables, missing, "the environment")
                return _create(way, values, f"the environment ({', '.join(variables)})", options, environ)
    return None


def _from_file(options: Mapping[str, Any], environ: Mapping[str, str], must_exist: bool) -> Credentials | None:
    path = options.get("credentials_file") or connection_options.settle(options, environ, {})["credentials_file"]
    values = credentials_file.read(path, environ)
    where = f"the credentials file {path or credentials_file.DEFAULT_PATH}"
    if values is None:
        if must_exist:
            raise OptionError(f"{where[0].upper()}{where[1:]} does not exist.", "Write it, or choose another auth_source.", option="auth_source", value="file")
        return None
    missing = [name for name in auth_access_key.REQUIRED if name not in values]
    if missing:
        keys = {option: key for key, option in credentials_file.OPTION_OF_KEY.items()}
        raise _incomplete([keys[name] for name in values], [keys[name] for name in missing], where)
    settings: dict[str, Any] = {name: values[name] for name in ("project_id", "auth_url") if name in values}
    return auth_access_key.create(values, where, settings)


def _create(way: ModuleType, values: Mapping[str, str], source: str, options: Mapping[str, Any], environ: Mapping[str, str]) -> Credentials:
    if way is not auth_password:
        return way.create(values, source, {})
    settled = connection_options.settle(options, environ, {})
    return auth_password.create(values, settled["domain_id"], settled["domain_name"], source)


def _incomplete(present: list[str], missing: list[str], where: str) -> OptionError:
    return OptionError(
        f"Credentials from {where} are incomplete: {' and '.join(present) or 'nothing'} is set, {' and '.join(missing)} is missing.",
        "Set both in the same place; halves from different places are never combined.",
        option=missing[0],
        missing=missing,
    )


def _nothing_found(asked: str, ways: list[ModuleType]) -> OptionError:
    sets = " or ".join(" with ".join(way.REQUIRED) for way in ways)
    variables = ", ".join(name for way in ways for option in way.REQUIRED for name in connection_options.names_of(option, "HW"))
    places = "options, environment, credentials file and metadata service" if asked == "auto" else "options and environment"
    return OptionError(
        f"No credentials were found (auth_source {asked}: looked at {places}).",
        f"Give {sets}, or set the environment variables {variables}.",
        option="auth_source",
        value=asked,
    )
