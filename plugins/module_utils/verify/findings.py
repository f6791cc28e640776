# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verifier has to say, one entry for each kind of fault of each object, however often it occurs there."""

from __future__ import annotations

import threading
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import Stream

ERROR = "error"  #: the archive does not hold what it claims
WARNING = "warning"  #: to be looked at; committed records are not affected
NOTICE = "notice"  #: good to know; nothing is wrong
_WEIGHT = {ERROR: 0, WARNING: 1, NOTICE: 2}


class Findings:
    """Collects findings from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[tuple[str, Stream | None, str | None], dict[str, Any]] = {}

    def add(
        self, kind: str, severity: str, stream: Stream | None, message: str, key: str | None = None, span: tuple[int, int] | None = None, count: int = 1
    ) -> None:
        """State a fault. C{kind} is its stable identifier; of equal faults of one object the first is told, all are counted."""
        with self._lock:
            known = self._found.get((kind, stream, key))
            if known is not None:
                known["count"] += count
                return
            self._found[(kind, stream, key)] = {
                "id": kind,
                "severity": severity,
                "stream": None if stream is None else stream._asdict(),
                "message": message,
                "key": key,
                "range": None if span is None else list(span),
                "count": count,
            }

    def sorted(self) -> list[dict[str, Any]]:
        """All of them, the heaviest first."""
        with self._lock:
            return sorted(self._found.values(), key=lambda one: (_WEIGHT[one["severity"]], one["id"], one["key"] or "", str(one["stream"])))
