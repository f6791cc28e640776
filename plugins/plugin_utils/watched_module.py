# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins of long tasks do: run their module as ansible-core would, and show its progress meanwhile."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible import constants as C
from ansible import context
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.plugins.loader import callback_loader
from ansible.utils.display import Display
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.progress import PIPE
from ansible_collections.cloudaudit.huaweicloud.plugins.plugin_utils.turns import Turns
from ansible_collections.cloudaudit.huaweicloud.plugins.plugin_utils.watch import Watch

display = Display()


class WatchedModule(NormalAction):  # type: ignore[misc]  # ansible-core has no types
    def run(self, tmp: str | None = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        if self._connection.transport != "local" or self._task.async_val or self._connection.become is not None:
            return super().run(tmp, task_vars)  # the module runs elsewhere, on its own, or as somebody else
        shows = not self._task.check_mode and not self._task.no_log and _people_read()
        host = (task_vars or {}).get("inventory_hostname")
        turns = Turns(C.DEFAULT_LOCAL_TMP)

        def show(seconds: int, line: str) -> bool:
            if shows and not turns.take(seconds):
                return False
            if shows:
                display.display(f"progress: [{host}] {line}", color=C.COLOR_VERBOSE)
            return True

        self._make_tmp_path()
        with Watch(os.path.join(self._connection._shell.tmpdir, PIPE), show):
            return super().run(tmp, task_vars)


def _people_read() -> bool:
    """Whether the screen is ansible-core's own, or one made from it (as AWX's): what others print may be parsed."""
    if "module_name" in context.CLIARGS:  # the command `ansible`
        return False
    default, ours = (callback_loader.get(name, class_only=True) for name in ("default", C.DEFAULT_STDOUT_CALLBACK))
    return default is not None and ours is not None and issubclass(ours, default)
