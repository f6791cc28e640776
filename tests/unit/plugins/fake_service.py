# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small service on loopback for the tests of the doors: it answers what a test tells it to, and remembers what it was asked.

It knows no open readings and no faults: tests/simulator does.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, NamedTuple
from urllib.parse import parse_qsl, urlsplit

FIREWALL = "2af58b7c-893c-4453-a984-bdd9b1bd6318"
PROJECT = "9d80d070b6d44942af73c9c3d38e0429"
# 2022-09-19T02:36:52Z and later: the specification's example.
START, END = 1663555012000, 1664159798000
RECORD = (
    '{"app":"SSH","bytes":34.5,"direction":"out2in","dst_ip":"100.95.148.49","dst_port":22,"end_time":%d,"log_id":"%s",'
    '"packets":25,"protocol":"TCP","src_ip":"100.93.27.17","src_port":49634,"start_time":%d}'
)


class Request(NamedTuple):
    """What the service was asked: the query string as a dictionary, the body as an object."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


Answer = Callable[[Request], "tuple[int, Any]"]


class FakeService:
    """Use as a context manager. ``answers`` maps a path to a function from the request to status and body; ``clock`` (epoch ms) stands, without it runs."""

    def __init__(self, answers: dict[str, Answer], clock: int | None = None) -> None:
        self.answers = answers
        self.requests: list[Request] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                request = Request(self.command, parts.path, dict(parse_qsl(parts.query)), body, dict(self.headers))
                service.requests.append(request)
                answer = service.answers.get(parts.path.rstrip("/"))
                status, content = answer(request) if answer else (404, {"error_code": "APIG.0101", "error_msg": "The API does not exist"})
                data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.send_header("X-Request-Id", f"request-{len(service.requests)}")
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = _answer

            def date_time_string(self, timestamp: float | None = None) -> str:
                return super().date_time_string(timestamp if clock is None else clock / 1000)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FakeService:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def connection(self, **options: Any) -> dict[str, Any]:
        """The connection's options to reach this service."""
        return {
            "access_key": "AKTESTTESTTEST",
            "secret_key": "secret-of-the-key",
            "project_id": PROJECT,
            "region": "test-1",
            "endpoint": self.url,
            "auth_url": self.url,
            "retry_timeout": 0,
            **options,
        }


def flow_logs(count: int, first: int = START, refused: str | None = None) -> dict[str, Answer]:
    """A service with ``count`` records, one a second from ``first``, that pages newest first by cursor.

    It refuses to be asked about the firewall ``refused``, and filters by log type as if all records were of the type internet.
    """
    rows = [(first + 1000 * number, f"id{number:06d}") for number in range(count)]

    def answer(request: Request) -> tuple[int, Any]:
        query = request.query
        if query["fw_instance_id"] == refused:
            return 403, {"error_code": "CFW.00100002", "error_msg": "no permission"}
        of_type = rows if query.get("log_type", "internet") == "internet" else []
        matching = sorted((row for row in of_type if int(query["start_time"]) <= row[0] <= int(query["end_time"])), reverse=True)
        total = len(matching)
        if "log_id" in query:
            matching = [row for row in matching if row < (int(query["next_date"]), query["log_id"])]
        page = matching[: int(query["limit"])]
        records = ",".join(RECORD % (start + 500, log_id, start) for start, log_id in page)
        return 200, f'{{"data":{{"limit":{query["limit"]},"records":[{records}],"total":{total}}}}}'

    return {f"/v1/{PROJECT}/cfw/logs/flow": answer}
