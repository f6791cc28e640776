# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module's main() in this process, as ansible-core would run it, and return what it prints."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any
from unittest import mock

from ansible.module_utils import basic
from ansible.module_utils.common.parameters import PASS_VARS


def run_module(module: ModuleType, options: Mapping[str, Any], check_mode: bool = False, diff: bool = False) -> dict[str, Any]:
    """Return the module's result. The options pass through JSON, the result through the masking of secrets.

    Warnings are kept here, since outside of a task ansible-core shows them at once, or keeps them for the whole process.
    """
    arguments = {**options, "_ansible_check_mode": check_mode, "_ansible_diff": diff, "_ansible_remote_tmp": "/tmp", "_ansible_keep_remote_files": False}
    if "inject_invocation" in PASS_VARS:  # ansible-core since 2.21 states a module's arguments only when it is asked to
        arguments["_ansible_inject_invocation"] = True
    printed = io.StringIO()
    warnings: list[str] = []
    with _arguments(arguments), mock.patch.object(basic.AnsibleModule, "warn", lambda _module, text: warnings.append(text)):
        with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
            module.main()
    return {**json.loads(printed.getvalue()), "warnings": warnings}


@contextlib.contextmanager
def _arguments(arguments: Mapping[str, Any]) -> Iterator[None]:
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # ansible-core before 2.19
        text = json.dumps({"ANSIBLE_MODULE_ARGS": dict(arguments)}).encode()
        with mock.patch.object(basic, "_ANSIBLE_ARGS", text):
            yield
    else:
        with patch_module_args(dict(arguments)):
            yield
