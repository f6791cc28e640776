# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked about: the flow logs of one firewall, of one type, perhaps filtered; and a journal of the asking."""

from __future__ import annotations

import threading
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.api import Cfw
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Page

MAX_PAGE = 1024  # specification: "Querying Flow Logs", parameter limit
REQUEST_IDS_KEPT = 200


class Source:
    """Asks the service for pages. C{params} are checked wire parameters without times, page size and cursor."""

    def __init__(self, cfw: Cfw, project_id: str, params: dict[str, Any], page_size: int = MAX_PAGE) -> None:
        self.cfw = cfw
        self.project_id = project_id
        self.params = params
        self.page_size = page_size
        self.requests = 0
        self.request_ids: list[str] = []
        self.request_ids_omitted = 0
        self._lock = threading.Lock()

    def ask(self, start: int, end: int, limit: int | None = None, log_id: str | None = None, next_date: int | None = None, offset: int | None = None) -> Page:
        """One request. C{start}, C{end}: epoch ms as sent; whether C{end} is included is an open reading."""
        params = dict(self.params, start_time=start, end_time=end, limit=limit or self.page_size)
        if log_id is not None:
            params.update(log_id=log_id, next_date=next_date)
        if offset is not None:
            params["offset"] = offset
        answer = self.cfw.flow_logs(self.project_id, params)
        self._note(1, [answer.request_id] if answer.request_id else [], 0)
        return answer.page

    def count(self, start: int, end: int) -> int | None:
        """What the service counts in the range: one small request."""
        return self.ask(start, end, limit=1).total

    def add_requests(self, other: Source) -> None:
        """Take over the journal of a source that asked on this one's behalf."""
        self._note(other.requests, other.request_ids, other.request_ids_omitted)

    def _note(self, requests: int, request_ids: list[str], omitted: int) -> None:
        with self._lock:
            self.requests += requests
            room = REQUEST_IDS_KEPT - len(self.request_ids)
            self.request_ids.extend(request_ids[:room])
            self.request_ids_omitted += omitted + max(0, len(request_ids) - room)
