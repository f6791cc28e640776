# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TLS proxy in front of an object store that fails, and drops connections and answers."""

from __future__ import annotations

import http.client
import random
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

KINDS = ("500", "503", "drop", "lost", "cut")
"""What a request may meet: two refusals; the connection dropped before the store sees it, after it was done (the answer is lost), and
in the middle of the answer."""


class Proxy:
    """`with Proxy(endpoint, ca_path, folder) as proxy: ... proxy.endpoint`; set the attributes at any time."""

    def __init__(self, endpoint: str, ca_path: str, folder: Path) -> None:
        self.upstream = urlsplit(endpoint)
        self.context = ssl.create_default_context(cafile=ca_path)
        self.error_rate = 0.0
        self.kinds: tuple[str, ...] = KINDS
        self.fail_next: list[str] = []  #: kinds for the next requests that write
        self.requests: list[tuple[str, str, str]] = []  #: method, path, what happened
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.proxy = self  # type: ignore[attr-defined]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.endpoint = f"https://localhost:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def fault(self, method: str) -> str:
        if method in ("PUT", "POST") and self.fail_next:
            return self.fail_next.pop(0)
        return random.choice(self.kinds) if random.random() < self.error_rate else ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one segment an answer
    _upstream: http.client.HTTPSConnection | None = None  # one for each connection that comes in

    def _pass_on(self) -> None:
        proxy: Proxy = self.server.proxy  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = proxy.fault(self.command)
        proxy.requests.append((self.command, self.path, fault))
        if fault in ("500", "503"):
            self._answer(int(fault), {}, b"<Error><Code>InternalError</Code></Error>")
            return
        if fault == "drop":
            self._hang_up()
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
        if self._upstream is None:
            self._upstream = http.client.HTTPSConnection(proxy.upstream.hostname or "", proxy.upstream.port, context=proxy.context, timeout=60)
        self._upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            self._upstream.putheader(name, value)
        self._upstream.endheaders(body or None)
        answer = self._upstream.getresponse()
        data = answer.read()
        if fault == "lost":
            self._hang_up()
        else:
            self._answer(answer.status, dict(answer.getheaders()), data, len(data) // 2 if fault == "cut" else None)

    def _answer(self, status: int, headers: dict[str, str], body: bytes, cut: int | None = None) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        length = headers.get("Content-Length", headers.get("content-length")) if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut])
        self.wfile.flush()
        if cut is not None:
            self._hang_up()

    def handle_expect_100(self) -> bool:
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _pass_on

    def log_message(self, format: str, *args: Any) -> None:
        """Tests look at Proxy.requests."""

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, http.client.HTTPException):
            pass  # a client that was killed

    def finish(self) -> None:
        if self._upstream is not None:
            self._upstream.close()
        try:
            super().finish()
        except OSError:
            pass  # the same
