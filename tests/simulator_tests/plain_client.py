# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain HTTP client for the simulator's tests: it knows nothing of the collection."""

from __future__ import annotations

import json
from typing import Any

import requests

from simulator import Simulator

NOW = 1_790_000_000_000  # 2026-09-21: a world of a fixed time is the same world in every run
WORLD: dict[str, Any] = {
    "now": NOW,
    "days": 2,
    "shape": {"tie_ms": [700], "long_sessions": 0.05, "torture": 0.05},
    "projects": [
        {"name": "cn-north-4", "firewalls": [{"name": "edge", "log_types": {"internet": 3000, "vpc": 40}}, {"name": "idle", "log_types": {"internet": 0}}]},
        {"name": "cn-north-4_other", "firewalls": [{"name": "other", "log_types": {"internet": 5}}]},
    ],
}


class Client:
    """Reads the first stream of the world with a token."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.session.trust_env = False
        self.project_id, self.fw_instance_id, self.log_type = simulator.streams()[0]
        self.session.headers["X-Auth-Token"] = simulator.options("token")["auth_token"]

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.session.get(self.simulator.url + path, params=params, timeout=20)

    def post(self, path: str, body: Any) -> requests.Response:
        return self.session.post(self.simulator.url + path, data=json.dumps(body), timeout=20)

    def ask(self, **params: Any) -> requests.Response:
        """One flow-log request; None leaves a parameter out."""
        given = {"fw_instance_id": self.fw_instance_id, "log_type": self.log_type, "start_time": 0, "end_time": NOW, "limit": 1024, **params}
        return self.get(f"/v1/{self.project_id}/cfw/logs/flow", **{name: value for name, value in given.items() if value is not None})

    def page(self, **params: Any) -> dict[str, Any]:
        answer = self.ask(**params)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def records(self, **params: Any) -> list[dict[str, Any]]:
        return self.page(**params)["records"]

    def chain(self, field: str = "start_time", most: int = 60, **params: Any) -> list[dict[str, Any]]:
        """All records by the cursor, until a page is empty or `most` pages came."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, Any] = {}
        for _number in range(most):
            records = self.records(**{**params, **cursor})
            if not records:
                break
            found += records
            cursor = {"log_id": records[-1]["log_id"], "next_date": records[-1][field]}
        return found

    def truth(self, **params: Any) -> list[dict[str, Any]]:
        """The stream's records by the control interface."""
        given = {"project_id": self.project_id, "fw_instance_id": self.fw_instance_id, "log_type": self.log_type, **params}
        return [json.loads(line) for line in self.simulator.truth_lines(**given)]

    def refusal(self, **params: Any) -> tuple[int, str, str]:
        answer = self.ask(**params)
        return answer.status_code, answer.json()["error_code"], answer.json()["error_msg"]


def ids(records: list[dict[str, Any]]) -> list[str]:
    return [record["log_id"] for record in records]
