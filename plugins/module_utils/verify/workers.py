# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifies dates in processes of their own: counting records needs the interpreter, which runs one thread at a time.

A worker reads jobs from its standard input and writes how far it is, and at last what it found, to its standard output, a line of
JSON each; it ends when its input does, so it never outlives this process. It gets this process's search path, for a module's code may lie in an
archive of its own. Where workers can't be had, dates are verified here; what is found is the same.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import Chain
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import Stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import Store, open_store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.data import Closing, DateCheck
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.findings import Findings

AT_ONCE = min(4, os.cpu_count() or 1)  #: dates that are verified at the same time
_WORTHWHILE = 1 << 23  # bytes; less is read here in the time that processes take to start
_BETWEEN_TELLING = 1.0  # seconds
_START = f"import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.readline()); from {__name__} import work; work()"


class Workers:
    """A few processes, started as soon as they are worth it; to be closed. Dates may be verified from several threads."""

    def __init__(self, store: Store) -> None:
        self._path = store.shared_path
        self._possible = self._path is not None and AT_ONCE > 1 and bool(sys.executable)
        self._expected = 0
        self._idle: queue.Queue[_Worker] = queue.Queue()
        self._all: list[_Worker] = []

    def expect(self, size: int) -> None:
        """Files of so many bytes more are going to be read."""
        self._expected += size
        if self._expected >= _WORTHWHILE and self._possible and not self._all:
            self._all = [_Worker() for _number in range(AT_ONCE)]
            for worker in self._all:
                self._idle.put(worker)

    def run(self, check: DateCheck) -> DateCheck:
        """Verify one date, wherever; returns it."""
        worker: _Worker | None = None
        with suppress(queue.Empty):
            worker = self._idle.get_nowait()
        found = worker.ask(_job(self._path, check), check) if worker is not None else None
        if worker is None or found is None:
            check.run()  # a worker that gave no answer is not asked again
            return check
        self._idle.put(worker)
        check.records = check.seen = found["records"]
        for kind, severity, message, key, span, count in found["findings"]:
            check.findings.add(kind, severity, check.stream, message, key, None if span is None else (span[0], span[1]), count)
        return check

    def close(self) -> None:
        for worker in self._all:
            worker.close()


class _Worker:
    def __init__(self) -> None:
        command = [sys.executable, "-I", "-c", _START]
        self._process: subprocess.Popen[bytes] | None = None
        with suppress(OSError):
            # Of a session of its own: a signal from the terminal is for this process, which then lets its workers go.
            # Not by run_command, which waits for the end of what it starts.
            self._process = subprocess.Popen(  # pylint: disable=ansible-bad-function
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, close_fds=True, start_new_session=True
            )
            self._send([os.path.abspath(path) for path in sys.path])

    def ask(self, job: dict[str, Any], check: DateCheck) -> dict[str, Any] | None:
        """What the worker found; None where it can't do it. C{check} is told meanwhile how far it is."""
        if self._process is None or self._process.stdout is None:
            return None
        try:
            self._send(job)
            while True:
                found: dict[str, Any] = json.loads(self._process.stdout.readline())
                if "findings" in found:
                    return found
                check.seen = found["seen"]
        except (OSError, ValueError):
            return None

    def _send(self, value: Any) -> None:
        if self._process is None or self._process.stdin is None:
            raise BrokenPipeError("there is no process")
        self._process.stdin.write(json.dumps(value).encode() + b"\n")
        self._process.stdin.flush()

    def close(self) -> None:
        if self._process is None:
            return
        self._process.kill()  # it only reads
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._process.wait()


def _job(path: str | None, check: DateCheck) -> dict[str, Any]:
    return {"path": path, "stream": list(check.stream), "date": check.date, "entries": check.entries, "closed": check.closed, "whole": check.whole}


def work() -> None:
    """What a worker does."""
    jobs: queue.Queue[bytes] = queue.Queue()

    def receive() -> None:
        for line in sys.stdin.buffer:
            jobs.put(line)
        os._exit(0)  # nobody waits for an answer any more

    threading.Thread(target=receive, daemon=True).start()
    while True:
        job = json.loads(jobs.get())
        findings = _Told()
        closed = Closing(*job["closed"]) if job["closed"] else None
        chain = Chain(open_store(job["path"]), Stream(*job["stream"]))
        check = DateCheck(chain, job["date"], job["entries"], closed, findings, job["whole"])
        over = threading.Event()
        teller = threading.Thread(target=_tell, args=(check, over), daemon=True)
        teller.start()
        check.run()
        over.set()
        teller.join()
        _say({"records": check.records, "findings": findings.told})


def _tell(check: DateCheck, over: threading.Event) -> None:
    while not over.wait(_BETWEEN_TELLING):
        _say({"seen": check.seen})


def _say(value: Any) -> None:
    sys.stdout.buffer.write(json.dumps(value).encode() + b"\n")
    sys.stdout.buffer.flush()


class _Told(Findings):
    """Findings as they were added."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Any] = []

    def add(
        self, kind: str, severity: str, stream: Stream | None, message: str, key: str | None = None, span: tuple[int, int] | None = None, count: int = 1
    ) -> None:
        self.told.append([kind, severity, message, key, span, count])
