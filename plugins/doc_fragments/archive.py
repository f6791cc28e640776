# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that say which archive, and which part of it."""

from __future__ import annotations


class ModuleDocFragment:
    """Shared by the module that writes archives and the module that reads them."""

    DOCUMENTATION = r"""
options:
  archive:
    description:
      - The archive's folder. A relative path starts at the folder in which the module runs; C(~) is the user's home.
      - This version archives to folders. An address such as V(s3://bucket/prefix) is refused.
    type: str
    required: true
"""
