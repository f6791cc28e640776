# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option of tasks that can take long, and what their action plugin does."""

from __future__ import annotations


class ModuleDocFragment:
    """Shared by the modules that an action plugin of the same name watches."""

    DOCUMENTATION = r"""
options:
  progress:
    description:
      - How many seconds are between two lines that show on the screen how far the task is. V(0) shows none.
      - Lines are shown while C(ansible-playbook) runs the module on the controller itself (connection V(local)), in a terminal as well as in AWX.
        All hosts of a play share the screen, so with many forks there is still only one line in this time.
      - None are shown in check mode, with C(async), with C(no_log), with C(become), on other hosts, and where the screen is not made for people,
        which are the command C(ansible) and stdout callbacks that are not made from P(ansible.builtin.default#callback), such as C(ansible.posix.json).
      - The result is the same with and without lines.
      - Constraint. An integer from V(0) to V(3600).
    type: int
    default: 5
attributes:
  action:
    description: Has an action plugin, so a part of it runs on the controller.
    support: partial
    details:
      - Where the module runs on the controller itself, the action plugin shows its progress, and has it end cleanly when the playbook is stopped.
  async:
    description: Supports being used with the C(async) keyword.
    support: full
    details:
      - Then the task goes on when the playbook is stopped.
"""
