# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A screen for programs: all that is printed is one JSON object of results by task."""

from __future__ import annotations

import json
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: results_as_json
type: stdout
short_description: Prints results as JSON
description:
  - Prints one JSON object of results by task.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "results_as_json"

    def __init__(self) -> None:
        super().__init__()
        self._results: dict[str, Any] = {}

    def v2_runner_on_ok(self, result: Any) -> None:
        self._results[result._task.get_name()] = json.loads(self._dump_results(result._result))

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._display.display(json.dumps(self._results))
