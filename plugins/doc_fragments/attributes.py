# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attributes that modules of this collection state about themselves."""

from __future__ import annotations


class ModuleDocFragment:
    """Descriptions of the attributes; each module adds how far it supports them."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in C(check_mode) and tell what it would do, without doing it.
  diff_mode:
    description: Returns what has changed, or would change in C(check_mode), when in diff mode.
  idempotent:
    description: A second run right after the first one changes nothing.
  platform:
    description: The systems on which the module runs.
    platforms: posix
    support: full
"""

    # Modules that only read.
    INFO = r"""
attributes:
  check_mode:
    support: full
    details:
      - This module never changes anything.
  diff_mode:
    support: none
    details:
      - There is no difference to show.
  idempotent:
    support: full
    details:
      - This module never changes anything.
"""

    # Modules that connect to the cloud, hence share the connection's options.
    ACTION_GROUP = r"""
attributes:
  action_group:
    description: Use C(group/cloudaudit.huaweicloud.huaweicloud) in C(module_defaults) to set the connection's options for all modules at once.
    support: full
    membership:
      - cloudaudit.huaweicloud.huaweicloud
"""
