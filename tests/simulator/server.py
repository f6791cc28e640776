# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP on loopback: keep-alive, one write a response, no Nagle, gzip when asked; and the damages that happen on a wire."""

from __future__ import annotations

import socket
import ssl
import struct
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Iterator

from .control import Control
from .messages import Request
from .service import Answer, Service

try:
    from isal import isal_zlib as _zlib
except ImportError:  # isal is only faster
    import zlib as _zlib  # type: ignore[no-redef]

_SMALL = 1024  # bytes: not worth compressing
_DRIPS = 30


def _gzipped(body: bytes) -> bytes:
    packer = _zlib.compressobj(1, _zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: SimulatorServer

    def setup(self) -> None:
        if self.server.tls is not None:
            self.request.settimeout(10)
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
            self.request.settimeout(None)
        super().setup()

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(length) if length else b"")
        if request.path.startswith("/_sim/"):
            self._send(Answer(self.server.control.answer(request), "", None))
        else:
            self._send(self.server.service.answer(request))

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve

    def _send(self, answer: Answer) -> None:
        if answer.damage == "reset":
            self._reset()
            return
        response = answer.response
        lines = [
            f"HTTP/1.1 {response.status} {self.responses.get(response.status, ('',))[0]}",
            f"Date: {self.server.service.clock.http_date()}",
            "Server: api-gateway",
            f"Content-Type: {response.content_type}",
        ]
        if answer.request_id:
            lines.append(f"X-Request-Id: {answer.request_id}")
        lines.extend(f"{name}: {value}" for name, value in response.headers.items())
        if not isinstance(response.body, bytes):
            self._send_chunks(lines, response.body)
            return
        body = response.body
        if len(body) >= _SMALL and self.server.service.switches.current.gzip and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = _gzipped(body)
            lines.append("Content-Encoding: gzip")
        lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        if self.command == "HEAD":
            body = b""
        if answer.damage == "cut":
            self._write(head + body[: len(body) // 2])
            self.close_connection = True
        elif answer.damage == "slow":
            self._drip(head, body)
        else:
            self._write(head + body)

    def _write(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()

    def _send_chunks(self, lines: list[str], chunks: Iterator[bytes]) -> None:
        self._write("\r\n".join([*lines, "Transfer-Encoding: chunked"]).encode("latin-1") + b"\r\n\r\n")
        for chunk in chunks:
            self._write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        self._write(b"0\r\n\r\n")

    def _drip(self, head: bytes, body: bytes) -> None:
        pause = self.server.service.switches.current.slow_ms / 1000 / _DRIPS
        size = max(1, -(-len(body) // _DRIPS))
        self._write(head)
        for first in range(0, len(body), size):
            time.sleep(pause)
            self._write(body[first : first + size])

    def _reset(self) -> None:
        """Close with RST, before any answer."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the journal is the log."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True  # the client went away

    def finish(self) -> None:
        try:
            super().finish()
        except (OSError, ValueError):
            self.close_connection = True  # reset on purpose, or the client went away


class SimulatorServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, service: Service, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.service, self.control, self.tls = service, Control(service), tls
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A broken connection is a client's affair; a failure of ours is shown by the base class."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)
