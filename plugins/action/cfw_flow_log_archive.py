# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of the same name as ansible-core would, shows its progress, and stops it when the playbook is stopped."""

from __future__ import annotations

from ansible_collections.cloudaudit.huaweicloud.plugins.plugin_utils.watched_module import WatchedModule


class ActionModule(WatchedModule):
    pass
