# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a record is: its place in the archive's order, read from its bytes."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.decoding import is_whole
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError


def key_of(line: bytes) -> tuple[int, str]:
    """The key of one line, read as the collector reads it (a number may stand as text, a log_id may be missing).

    @raise ArchiveError: not a JSON object with a C{start_time}.
    """
    try:
        return key_of_record(json.loads(line))
    except (ValueError, RecursionError):
        raise ArchiveError("A line is not JSON.", "The file was changed after it was written, or this is not a flow log archive.") from None


def key_of_record(record: Any) -> tuple[int, str]:
    """The key of a decoded record; errors as L{key_of}."""
    if not isinstance(record, dict):
        raise ArchiveError("A line is not a JSON object.", "The file was changed after it was written, or this is not a flow log archive.")
    start: Any = record.get("start_time")
    log_id = record.get("log_id")
    if not is_whole(start):
        try:
            if isinstance(start, bool):
                raise ValueError
            start = int(start)
        except (TypeError, ValueError, OverflowError):
            raise ArchiveError("A record has no start_time.", "Such a record has no place in an archive.") from None
    return start, "" if log_id is None else str(log_id)
