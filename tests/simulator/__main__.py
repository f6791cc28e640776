# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""python tests/simulator --port 0 --ready-file F [--world demo] [--switch order=oldest_first ...]"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import signal
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/simulator", description="A simulated Huawei Cloud (IAM, CFW) on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--ready-file", type=Path, help="JSON with url, pid, credentials and projects, written when requests are answered (mode 0600)")
    parser.add_argument("--world", default="small", help="small, demo, a JSON file, or inline JSON")
    parser.add_argument("--now", type=int, help="epoch ms that the world's data end at; the clock stays real unless the world says otherwise")
    parser.add_argument("--switch", action="append", default=[], metavar="NAME=VALUE", help="see README.md; may be given more than once")
    parser.add_argument("--tls-cert", type=Path)
    parser.add_argument("--tls-key", type=Path)
    parser.add_argument("--exit-with-parent", action="store_true", help="end when the process that started this one has ended")
    arguments = parser.parse_args()
    for switch in arguments.switch:
        if "=" not in switch:
            parser.error(f"--switch {switch}: NAME=VALUE is wanted")
    if bool(arguments.tls_cert) != bool(arguments.tls_key):
        parser.error("--tls-cert and --tls-key belong together")
    return arguments


def _write_ready_file(path: Path, content: dict[str, Any]) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
    os.replace(partial, path)


def _watch_parent(parent: int, stop: Any) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    stop()


def main() -> int:
    arguments = _arguments()
    sys.path.insert(0, str(_HERE.parent))  # the package's own name decides, not the folder it was started from
    package = importlib.import_module(_HERE.name)
    parent = os.getppid()
    tls = None
    if arguments.tls_cert:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(arguments.tls_cert, arguments.tls_key)
    try:
        world = dict(package.description(arguments.world))
        if arguments.now is not None:
            world = {"clock": "real", **world, "now": arguments.now}
        simulator = package.Simulator(world, dict(switch.split("=", 1) for switch in arguments.switch), arguments.port, tls)
    except (ValueError, OSError) as exc:
        print(f"simulator: {exc}", file=sys.stderr)
        return 2

    def stop(*unused: object) -> None:
        threading.Thread(target=simulator.stop, daemon=True).start()  # shutdown() must not run in the serving thread

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if arguments.exit_with_parent:
        threading.Thread(target=_watch_parent, args=(parent, stop), daemon=True).start()
    if arguments.ready_file:
        _write_ready_file(arguments.ready_file, {"pid": os.getpid(), **simulator.ready()})
    else:
        print(simulator.url, flush=True)
    simulator.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
