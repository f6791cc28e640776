# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options of the doors that audit to their results; the auditing itself is in audit/."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive_options import open_archive
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.audit import audit
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit_options import checked_question

_RETURNED = (
    "archive", "compliant", "verdict", "severities", "streams", "gaps", "time_to_loss", "retention", "findings", "records", "bytes", "oldest", "oldest_iso",
)  # fmt: skip


def audited(options: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    """Audit an archive and return the result of cfw_flow_log_archive_info. Raises OptionError, or ArchiveError."""
    question = checked_question(options, now_ms)
    answer = audit(open_archive(options), question, now_ms)
    return {name: answer[name] for name in _RETURNED}
