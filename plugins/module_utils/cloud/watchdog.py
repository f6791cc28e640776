# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An end to every attempt: a server that sends a byte a minute, or a stop, must not hold a worker.

Socket timeouts begin anew with every byte. So one thread a session watches the attempts in flight and shuts a socket
down when its attempt's time is over or when stopping is asked for; the worker that reads from it then fails at once.
The thread ends when nothing was in flight for some seconds and comes back when needed.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import Any, Iterator

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.http_library import (
    HTTPAdapter,
    HTTPConnection,
    HTTPConnectionPool,
    HTTPSConnection,
    HTTPSConnectionPool,
)

_IDLE_SECONDS = 5.0
_STEP_SECONDS = 0.5
_current = threading.local()


class Attempt:
    """One request on the wire. ``cut`` tells that the watchdog ended it: ``"timeout"`` or ``"stop"``."""

    __slots__ = ("deadline", "socket", "cut")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.socket: socket.socket | None = None
        self.cut: str | None = None

    def end(self, why: str) -> None:
        self.cut = why
        if self.socket is not None:
            try:
                # the plain method: an SSL socket's own would take its TLS state away under the reading thread
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)
            except OSError:
                pass  # already closed by either side


class Watchdog:
    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._lock = threading.Lock()
        self._attempts: set[Attempt] = set()
        self._thread: threading.Thread | None = None

    @contextmanager
    def attempt(self, seconds: float) -> Iterator[Attempt]:
        """Watch what this thread sends and receives inside the block, for at most ``seconds``."""
        attempt = Attempt(time.monotonic() + seconds)
        with self._lock:
            self._attempts.add(attempt)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, name="cloudaudit-watchdog", daemon=True)
                self._thread.start()
        _current.attempt = attempt
        try:
            yield attempt
        finally:
            _current.attempt = None
            with self._lock:
                self._attempts.discard(attempt)

    def _watch(self) -> None:
        idle_since = time.monotonic()
        while True:
            if self._stop.wait(_STEP_SECONDS):
                time.sleep(0.02)  # the event stays set: end what is still in flight without spinning
            now = time.monotonic()
            with self._lock:
                if self._attempts:
                    idle_since = now
                elif now - idle_since > _IDLE_SECONDS or self._stop.is_set():
                    self._thread = None
                    return
                for attempt in self._attempts:
                    if self._stop.is_set() or attempt.deadline <= now:
                        attempt.end("stop" if self._stop.is_set() else "timeout")


class _Watched:
    """Tells the attempt which socket it waits on, at the moment it begins to wait."""

    def getresponse(self, *args: Any, **kwargs: Any) -> Any:
        attempt = getattr(_current, "attempt", None)
        if attempt is not None:
            attempt.socket = self.sock  # type: ignore[attr-defined]
        return super().getresponse(*args, **kwargs)  # type: ignore[misc]


class _WatchedHTTPConnection(_Watched, HTTPConnection):
    pass


class _WatchedHTTPSConnection(_Watched, HTTPSConnection):
    pass


class _WatchedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTPConnection


class _WatchedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPSConnection


_POOLS = {"http": _WatchedHTTPPool, "https": _WatchedHTTPSPool}


class WatchedAdapter(HTTPAdapter):
    """The transport of ``requests``, with connections that a Watchdog can end."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager
