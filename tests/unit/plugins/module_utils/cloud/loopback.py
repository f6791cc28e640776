# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A scripted HTTP server on loopback for the tests of this folder: it answers what a test's function says."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Iterator, NamedTuple
from urllib.parse import parse_qsl, urlsplit


class Asked(NamedTuple):
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    client: tuple[str, int]

    def json(self) -> Any:
        return json.loads(self.body)


class Answer(NamedTuple):
    """``raw`` is a function that gets the socket and does whatever it likes instead of an answer."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] | None = None
    raw: Callable[[socket.socket], None] | None = None


class Loopback:
    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []

    def count(self, path: str) -> int:
        return sum(1 for one in self.asked if one.path == path)


@contextmanager
def serve(answer: Callable[[Asked], Answer], tls: ssl.SSLContext | None = None) -> Iterator[Loopback]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *args: object) -> None:
            pass

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), dict(self.headers.items()), body, self.client_address)
            loopback.asked.append(asked)
            said = answer(asked)
            if said.raw is not None:
                said.raw(self.connection)
                self.close_connection = True
                return
            content = said.body if isinstance(said.body, bytes) else json.dumps(said.body if said.body is not None else {}).encode()
            self.send_response_only(said.status)
            for name, value in {"Content-Length": str(len(content)), "Date": self.date_time_string(), **(said.headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _answer

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]  # clients that turn away are the test
    loopback = Loopback(f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield loopback
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
