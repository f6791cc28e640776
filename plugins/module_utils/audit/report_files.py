# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the files of a report: each whole or not at all, 0600, in a folder of 0700."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import document
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import Signer
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.gaps_csv import gaps_csv
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.oscal import assessment_results
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.statement import envelope, statement
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError

AUDIT = "audit.json"
GAPS = "gaps.csv"
STATEMENT = "audit.intoto.json"
ENVELOPE = "audit.intoto.dsse.json"
OSCAL = "assessment-results.oscal.json"


def contents(audit: Mapping[str, Any], signer: Signer | None, plan: str) -> dict[str, bytes]:
    """The files of a report by name. With a signer the statement is in an envelope."""
    stored = document(audit)
    sha256 = hashlib.sha256(stored).hexdigest()
    made = statement(audit, sha256)
    files = {AUDIT: stored, GAPS: gaps_csv(audit), OSCAL: document(assessment_results(audit, sha256, plan))}
    if signer is None:
        files[STATEMENT] = document(made)
    else:
        files[ENVELOPE] = document(envelope(made, signer))
    return files


def write(folder: str, files: Mapping[str, bytes]) -> dict[str, str]:
    """Write the files and return their paths by name. A statement of the other kind, left by an earlier report, is removed.

    @raise CloudAuditError: the folder can't be made or written.
    """
    try:
        if not os.path.isdir(folder):
            os.makedirs(folder, 0o700)
        for name, data in files.items():
            _replace(folder, name, data)
        for name in {STATEMENT, ENVELOPE} - set(files):
            if os.path.lexists(os.path.join(folder, name)):
                os.unlink(os.path.join(folder, name))
    except OSError as exc:
        message = f"The report can't be written to {folder}: {exc.strerror or exc}."
        raise CloudAuditError(message, "Check the folder, its owner and its mode.", path=folder) from exc
    return {name: os.path.join(folder, name) for name in files}


def _replace(folder: str, name: str, data: bytes) -> None:
    handle, path = tempfile.mkstemp(prefix=f".{name}.", dir=folder)  # 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(path, os.path.join(folder, name))
    except BaseException:
        os.unlink(path)
        raise
