# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One measured piece of work in a process of its own: its order (JSON) comes on standard input, what it cost (JSON) goes out.

Imports happen before the clocks start. The peak of memory is the whole process's, imports included.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import Any, Callable, Iterator

LIMIT = 1024
OPTIONAL = ("isal", "msgspec", "orjson", "pyarrow", "zstandard")  # what the standard library does without
_LAST_ID = re.compile(rb'.*"log_id" ?: ?"([0-9a-f]+)"', re.DOTALL)
_LAST_START = re.compile(rb'.*"start_time" ?: ?(\d+)', re.DOTALL)
_TAIL = 3000  # bytes that hold the last record of a page

Work = Callable[[], "dict[str, Any]"]


def archive(order: dict[str, Any]) -> Work:
    """The run under test: what the module cfw_flow_log_archive does."""
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.archiving import archive_flow_logs
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud import credentials
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session

    def work() -> dict[str, Any]:
        stop = threading.Event()
        session = Session(credentials.resolve(order["connection"]), order["connection"], stop)
        result = archive_flow_logs(session, order["options"], check_mode=False, stop=stop)
        streams = result["streams"]
        verdicts = {verdict: sum(stream["windows"].get(verdict, 0) for stream in streams) for verdict in streams[0]["windows"]}
        errors = sorted({stream["error"] for stream in streams if stream["error"]})
        return {"records": result["records"], "changed": result["changed"], "bytes": result["bytes"], "windows": verdicts, "errors": errors}

    return work


def sdk(order: dict[str, Any]) -> Work:
    """The vendor's SDK, one page after the other."""
    from huaweicloudsdkcfw.v1 import CfwClient, ListFlowLogsRequest
    from huaweicloudsdkcore.auth.credentials import BasicCredentials

    def work() -> dict[str, Any]:
        connection = order["connection"]
        access = BasicCredentials(connection["access_key"], connection["secret_key"], connection["project_id"])
        client = CfwClient.new_builder().with_credentials(access).with_endpoint(connection["endpoint"]).build()
        asked = {"fw_instance_id": order["fw_instance_id"], "log_type": "internet", "start_time": 0, "end_time": order["end"], "limit": LIMIT}
        cursor: dict[str, Any] = {}
        records = 0
        for _page in range(order["pages"]):
            found = client.list_flow_logs(ListFlowLogsRequest(**asked, **cursor)).data.records
            records += len(found)
            cursor = {"log_id": found[-1].log_id, "next_date": found[-1].start_time}
        return {"records": records}

    return work


def download(order: dict[str, Any]) -> Work:
    """A bare loop that downloads the same pages and does nothing with them; C{threads} of them side by side."""

    def work() -> dict[str, Any]:
        sizes: list[int] = []
        loops = [threading.Thread(target=lambda: sizes.extend(map(len, _pages(order)))) for _loop in range(order.get("threads", 1))]
        for loop in loops:
            loop.start()
        for loop in loops:
            loop.join()
        if len(sizes) != order["pages"] * len(loops):
            raise SystemExit("a download loop ended early")
        return {"bytes": sum(sizes)}

    return work


def floor(order: dict[str, Any]) -> Work:
    """The least that an archive of the same pages costs: receive, decode, compress, hash; no signing, order, proof or file."""
    decode, compress = _decoder(), _compressor()

    def work() -> dict[str, Any]:
        digest = hashlib.sha256()
        records = stored = 0
        for body in _pages(order):
            records += len(decode(body)["data"]["records"])
            member = compress(body)
            digest.update(member)
            stored += len(member)
        return {"records": records, "bytes": stored}

    return work


def _decoder() -> Callable[[bytes], Any]:
    """The stack's own JSON decoder, as it comes."""
    try:
        import msgspec
    except ImportError:
        return json.loads
    decode: Callable[[bytes], Any] = msgspec.json.decode
    return decode


def _compressor() -> Callable[[bytes], bytes]:
    """One gzip member, as the archive makes them: isal's level 2, else zlib's 6."""
    engine: Any = zlib
    level = 6
    try:
        from isal import isal_zlib

        engine, level = isal_zlib, 2
    except ImportError:
        pass

    def compress(data: bytes) -> bytes:
        member = engine.compressobj(level, zlib.DEFLATED, 31)
        return bytes(member.compress(data) + member.flush())

    return compress


def _pages(order: dict[str, Any]) -> Iterator[bytes]:
    """The bodies of the first C{pages} pages, by the cursor, over one connection."""
    connection = order["connection"]
    host, _colon, port = connection["endpoint"].rpartition("//")[2].rpartition(":")
    path = f"/v1/{connection['project_id']}/cfw/logs/flow?fw_instance_id={order['fw_instance_id']}"
    path += f"&log_type=internet&limit={LIMIT}&start_time=0&end_time={order['end']}"
    wire = http.client.HTTPConnection(host, int(port))
    cursor = ""
    for _page in range(order["pages"]):
        wire.request("GET", path + cursor, headers={"X-Auth-Token": order["token"], "Accept": "application/json"})
        response = wire.getresponse()
        body = response.read()
        if response.status != 200:
            raise SystemExit(f"{response.status}: {body[:300]!r}")
        yield body
        last_id, last_start = _LAST_ID.match(body[-_TAIL:]), _LAST_START.match(body[-_TAIL:])
        if last_id is None or last_start is None:
            break
        cursor = f"&log_id={last_id[1].decode()}&next_date={last_start[1].decode()}"
    wire.close()


def _peak_mib() -> float:
    """VmHWM; C{ru_maxrss} would begin with what the parent had when it started this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) / 1024  # type: ignore[index]


def main() -> None:
    order = json.load(sys.stdin)
    if order["stack"] == "standard library":
        for name in OPTIONAL:
            sys.modules[name] = None  # type: ignore[assignment]
    work = {"archive": archive, "sdk": sdk, "download": download, "floor": floor}[order["work"]](order)
    began, used = time.perf_counter(), time.process_time()
    cost = work()
    cost.update({"seconds": time.perf_counter() - began, "processor": time.process_time() - used, "peak": _peak_mib()})
    json.dump(cost, sys.stdout)


if __name__ == "__main__":
    main()
