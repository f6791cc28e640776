# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many full pages a second the simulator serves: python tests/benchmark/simulator_rate.py [--records N] [--gzip] [--threads N].

The simulator runs in a process of its own, on one core; the client is a raw socket that reads pages through a cursor
and parses no more than the last record of each. The processor time of the server is what one core is measured by.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from pathlib import Path
from urllib.request import Request, urlopen

SIMULATOR = Path(__file__).resolve().parents[1] / "simulator"
LIMIT = 1024
_LAST_ID = re.compile(rb'.*"log_id" ?: ?"([0-9a-f]+)"', re.DOTALL)
_LAST_START = re.compile(rb'.*"start_time" ?: ?(\d+)', re.DOTALL)


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _token(ready: dict[str, object]) -> str:
    user = {"name": ready["user_name"], "password": ready["password"], "domain": {"name": ready["domain_name"]}}
    project = {"id": ready["projects"][0]["id"]}  # type: ignore[index]
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": {"project": project}}}
    with urlopen(Request(f"{ready['url']}/v3/auth/tokens", json.dumps(body).encode(), method="POST")) as answer:
        return answer.headers["X-Subject-Token"]


def _page(connection: socket.socket, head: bytes, query: str, zipped: bool) -> bytes:
    connection.sendall(head % query.encode())
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(1 << 20)
    header, unused, body = data.partition(b"\r\n\r\n")
    if not header.startswith(b"HTTP/1.1 200"):
        raise SystemExit(data[:500].decode())
    parts, size = [body], int(re.search(rb"Content-Length: (\d+)", header)[1])  # type: ignore[index]
    got = len(body)
    while got < size:
        parts.append(connection.recv(1 << 20))
        got += len(parts[-1])
    body = b"".join(parts)
    return zlib.decompress(body, wbits=31) if zipped else body


def _read_chain(ready: dict[str, object], token: str, zipped: bool, counts: list[int]) -> None:
    """Page through the first stream by its cursor to the end."""
    project = ready["projects"][0]  # type: ignore[index]
    query = f"fw_instance_id={project['firewalls'][0]['id']}&log_type=internet&limit={LIMIT}&start_time=0&end_time={ready['begins_at']}"
    path = f"/v1/{project['id']}/cfw/logs/flow?{query}"
    accept = "Accept-Encoding: gzip\r\n" if zipped else ""
    head = f"GET {path}%b HTTP/1.1\r\nHost: simulator\r\nX-Auth-Token: {token}\r\n{accept}\r\n".encode()
    port = int(str(ready["url"]).rsplit(":", 1)[1])
    cursor, pages = "", 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            body = _page(connection, head, cursor, zipped)
            tail = body[-3000:]
            pages += 1
            if b'"log_id"' not in tail or pages > int(counts[0]):
                break
            last_id, last_start = _LAST_ID.match(tail), _LAST_START.match(tail)
            cursor = f"&log_id={last_id[1].decode()}&next_date={last_start[1].decode()}"  # type: ignore[index]
    counts.append(pages - 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--gzip", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    world = {"shape": {"torture": 0}, "projects": [{"firewalls": [{"log_types": {"internet": arguments.records}}]}]}
    with tempfile.TemporaryDirectory() as folder:
        ready_file = Path(folder, "ready")
        began = time.monotonic()
        command = [sys.executable, str(SIMULATOR), "--ready-file", str(ready_file), "--world", json.dumps(world), "--exit-with-parent"]
        process = subprocess.Popen(command)
        try:
            while not ready_file.exists():
                if process.poll() is not None:
                    raise SystemExit("the simulator ended")
                time.sleep(0.05)
            generated = time.monotonic() - began
            ready = json.loads(ready_file.read_text(encoding="utf-8"))
            token = _token(ready)
            counts = [arguments.records // LIMIT]
            used, began = _processor_seconds(process.pid), time.monotonic()
            workers = [threading.Thread(target=_read_chain, args=(ready, token, arguments.gzip, counts)) for unused in range(arguments.threads)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            elapsed, used = time.monotonic() - began, _processor_seconds(process.pid) - used
            pages = sum(counts[1:])
            print(f"{arguments.records} records ready in {generated:.1f} s")
            print(f"{pages} full pages in {elapsed:.2f} s: {pages / elapsed:.0f} pages/s")
            print(f"server: {used / pages * 1000:.2f} ms of processor a page, hence {pages / used:.0f} pages/s on one core")
        finally:
            process.terminate()
            process.wait(10)


if __name__ == "__main__":
    main()
