# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated cloud to try things with: the one that the documentation's examples speak of, on this machine, until Ctrl-C."""

from __future__ import annotations

import shlex
import signal
import sys
import threading

from simulator import Simulator

# The project and the firewalls that the documentation names.
WORLD = {
    "days": 1,
    "shape": {"torture": 0.0},
    "projects": [
        {
            "name": "cn-north-4",
            "id": "9d80d070b6d44942af73c9c3d38e0429",
            "firewalls": [
                {
                    "name": "edge",
                    "id": "2af58b7c-893c-4453-a984-bdd9b1bd6318",
                    "tags": {"stage": "production"},
                    "log_types": {"internet": 6000, "vpc": 300, "nat": 100},
                },
                {"name": "office", "id": "7b1f0a52-0f7e-4f0a-9a8e-5f7c2f8f1c11", "tags": {"stage": "office"}, "log_types": {"internet": 1500}},
            ],
        }
    ],
}


def exports(cloud: Simulator) -> str:
    """What to type in another terminal so that everything there asks this cloud."""
    variables = {
        "HW_AUTH_URL": cloud.url,
        "HW_CFW_ENDPOINT": cloud.url,
        "HW_ACCESS_KEY": cloud.world.access_key,
        "HW_SECRET_KEY": cloud.world.secret_key,
        "HW_REGION_NAME": cloud.world.region,
    }
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())


def main() -> int:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_received: ended.set())
    with Simulator(world=WORLD) as cloud:
        print(f"A simulated cloud answers at {cloud.url} until Ctrl-C: two firewalls with the logs of a day. Type in another terminal:\n")
        print(exports(cloud))
        print("\nThen follow docs/docsite/rst/quick_start.rst, without its own export line.")
        print("Credentials and logs are made up; the firewalls' IDs are those of the documentation's examples.", flush=True)
        ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
