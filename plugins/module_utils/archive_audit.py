# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options of the doors that audit to their results; the auditing itself is in audit/."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import load_signer
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive_options import open_archive
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.audit import audit
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.caveats import caveats
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.report_files import contents, write
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit_options import checked_question
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.progress import Progress

SHOWN = 50  #: findings in the result of a report; its files have all

_RETURNED = (
    "archive", "compliant", "verdict", "severities", "streams", "gaps", "time_to_loss", "retention", "findings", "records", "bytes", "oldest", "oldest_iso",
)  # fmt: skip


def audited(options: Mapping[str, Any], now_ms: int, progress: Progress) -> dict[str, Any]:
    """Audit an archive and return the result of cfw_flow_log_archive_info. Raises OptionError, or ArchiveError."""
    question = checked_question(options, now_ms)
    answer = audit(open_archive(options), question, now_ms, progress)
    return {name: answer[name] for name in _RETURNED}


def reported(options: Mapping[str, Any], now_ms: int, check_mode: bool, progress: Progress) -> dict[str, Any]:
    """Audit an archive, write the files of its report, and return the result of cfw_flow_log_report. Raises CloudAuditError."""
    folder = _folder(options["dest"], options["archive"])
    signer = load_signer(options["signing_key"], options["signing_key_passphrase"])
    question = checked_question(options, now_ms, traffic=True, open_days=options["open_days"], spot_check=options["spot_check"])
    answer = audit(open_archive(options), question, now_ms, progress)
    files = contents(answer, signer, options["assessment_plan"])
    paths = {name: os.path.join(folder, name) for name in files} if check_mode else write(folder, files)
    return {
        "changed": True,  # an audit tells its time, so no two are the same
        "dest": folder,
        "files": [{"name": name, "path": paths[name], "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in files.items()],
        "caveats": caveats(answer),
        "findings": answer["findings"][:SHOWN],
        "findings_omitted": max(0, len(answer["findings"]) - SHOWN),
        **{name: answer[name] for name in ("archive", "compliant", "verdict", "severities", "gaps", "time_to_loss", "records")},
        "retention": [{name: value for name, value in rule.items() if name != "streams"} for rule in answer["retention"]],
        "heads": [stream["head"] for stream in answer["streams"] if stream["head"]],
    }


def _folder(dest: str, archive: str) -> str:
    """The report's folder. Raises OptionError for none, and when it is in the archive, where everything has its place."""
    if not dest:
        raise OptionError("dest is empty: it would be the folder that the task happens to run in.", "Give the report's folder.", option="dest", value=dest)
    folder = os.path.abspath(os.path.expanduser(dest))
    if "://" not in archive:
        root = os.path.realpath(os.path.expanduser(archive))
        if os.path.commonpath([root, os.path.realpath(folder)]) == root:
            raise OptionError("dest is in the archive, which holds nothing but itself.", "Give a folder beside the archive.", option="dest", value=dest)
    return folder
