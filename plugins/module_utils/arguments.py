# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doors (modules and plugins) share: argument specs, the way to a session, and the way from an error to a message.

Only this module and the doors themselves know Ansible. The documentation of every option is in plugins/doc_fragments.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.query import PARAMETERS, check_id
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.refusal import refused
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud import credentials
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.connection_options import DEFAULTS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ApiError, CloudAuditError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.progress import Progress, watched

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

CONNECTION: dict[str, dict[str, Any]] = {
    # An access key ID is a name, not a secret, and it is what helps to find which key was used. Marked secret, it would erase
    # each piece of a result that happens to contain it.
    "access_key": {"type": "str", "aliases": ["ak"], "no_log": False},
    "secret_key": {"type": "str", "aliases": ["sk"], "no_log": True},
    "security_token": {"type": "str", "no_log": True},
    "auth_token": {"type": "str", "aliases": ["token"], "no_log": True},
    "user_name": {"type": "str", "aliases": ["user"]},
    "password": {"type": "str", "no_log": True},
    "domain_name": {"type": "str", "aliases": ["domain"]},
    "domain_id": {"type": "str"},
    "project_id": {"type": "str"},
    "project_name": {"type": "str", "aliases": ["project"]},
    "region": {"type": "str"},
    "auth_url": {"type": "str", "aliases": ["identity_endpoint"]},
    "endpoint": {"type": "str"},
    "credentials_file": {"type": "path"},
    "auth_source": {"type": "str", "choices": ["auto", "token", "access_key", "password", "file", "metadata"], "default": "auto"},
    "enterprise_project_id": {"type": "str"},
    "validate_certs": {"type": "bool"},
    "ca_path": {"type": "path"},
    "timeout": {"type": "float", "default": DEFAULTS["timeout"]},
    "retry_timeout": {"type": "float", "default": DEFAULTS["retry_timeout"]},
    "rate_limit": {"type": "float"},
}

PROGRESS: dict[str, dict[str, Any]] = {"progress": {"type": "int", "default": 5}}
_LONGEST_PAUSE = 3600


def query_arguments() -> dict[str, dict[str, Any]]:
    """Return the argument spec of the service's query parameters, made from their table."""
    arguments: dict[str, dict[str, Any]] = {}
    for parameter in PARAMETERS:
        argument: dict[str, Any] = {"type": parameter.option_type}
        if parameter.required:
            argument["required"] = True
        if parameter.default is not None:
            argument["default"] = parameter.default
        if parameter.choices:
            argument["choices"] = list(parameter.choices)
        arguments[parameter.name] = argument
    return arguments


def connect(options: Mapping[str, Any], stop: threading.Event | None = None) -> Session:
    """Return a session for the connection's options. Raises OptionError when they make no complete credentials; asks for no logs."""
    connection = {name: options.get(name) for name in CONNECTION}
    session = Session(credentials.resolve(connection), connection, stop)
    if session.enterprise_project_id is not None:
        check_id("enterprise_project_id", session.enterprise_project_id)
    return session


def run(module: AnsibleModule, work: Callable[[AnsibleModule], dict[str, Any]]) -> None:
    """End the module with what ``work`` returns, or with the message of the error that it raises."""
    try:
        result = work(module)
    except CloudAuditError as error:
        module.fail_json(msg=str(error), **error_details(error))
    module.exit_json(**result)


def run_watched(module: AnsibleModule, work: Callable[[AnsibleModule, Progress], dict[str, Any]]) -> None:
    """As L{run}, for work that can take long and describes itself to whom it may concern."""

    def described(module: AnsibleModule) -> dict[str, Any]:
        seconds = module.params["progress"]
        if not 0 <= seconds <= _LONGEST_PAUSE:
            raise refused("progress", seconds, "is out of range", f"an integer from 0 to {_LONGEST_PAUSE}")
        with watched(module._tmpdir, seconds) as progress:
            return work(module, progress)

    run(module, described)


def error_details(error: CloudAuditError) -> dict[str, Any]:
    """Return an error's details under the names that all doors return; a service's own code is ``error_code``."""
    details = error.as_result()
    if isinstance(error, ApiError):
        details["error_code"] = details.pop("code", None)
    return details
