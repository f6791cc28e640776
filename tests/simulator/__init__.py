# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated Huawei Cloud for tests: IAM, CFW and the metadata service on loopback. See README.md beside this file."""

from __future__ import annotations

import ssl
import threading
from typing import Any, Iterator

from .server import SimulatorServer
from .service import Service
from .switches import Switches
from .world import build, description


class Simulator:
    """The simulator inside the test's process: `with Simulator(world="small") as sim: ... sim.url ...`.

    `world` is a built-in name, a path, inline JSON or a dict; `switches` as in switches.py.
    """

    def __init__(self, world: str | dict[str, Any] = "small", switches: dict[str, Any] | None = None, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.service = Service(build(description(world)), Switches(switches))
        self.world = self.service.world
        self._server = SimulatorServer(self.service, port, tls)
        self.control = self._server.control
        self.url = self._server.url
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Simulator:
        self._thread.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self) -> None:
        """Serve in this thread, until `stop` is called from another one."""
        self._server.serve_forever(poll_interval=0.2)

    def stop(self) -> None:
        self._server.shutdown()

    def set(self, **switches: Any) -> None:
        self.service.set(switches)

    def reset(self) -> None:
        self.service.reset()

    def truth(self, **params: Any) -> dict[str, Any]:
        """See Control.truth."""
        return self.control.truth(**params)

    def truth_lines(self, **params: Any) -> Iterator[bytes]:
        """See Control.lines; line by line, without line feeds unless a record has one inside."""
        for chunk in self.control.lines(**params):
            yield from chunk[:-1].split(b"\n")

    def requests(self) -> list[dict[str, Any]]:
        """The journal's entries: method, path, params, api, status, fault, authentication, ms, time, request_id."""
        return self.service.journal.as_dict()["requests"]

    def journal(self) -> dict[str, Any]:
        return self.service.journal.as_dict()

    def add_records(self, **given: Any) -> dict[str, Any]:
        """See Control.add_records."""
        return self.control.add_records(**given)

    def streams(self) -> list[tuple[str, str, str]]:
        """(project_id, fw_instance_id, log_type) of all streams."""
        return [(project_id, fw_instance_id, log_type) for project_id, fw_instance_id, log_type, unused in self.world.streams()]

    def now(self) -> int:
        """Epoch ms by the server's clock."""
        return self.service.clock.now()

    def options(self, way: str = "access_key") -> dict[str, Any]:
        """Connection options of the collection's modules, for the first project: by access_key, password or token."""
        project = next(iter(self.world.projects.values()))
        options: dict[str, Any] = {"region": self.world.region, "auth_url": self.url, "endpoint": self.url, "project_id": project.id}
        if way == "access_key":
            options.update({"access_key": self.world.access_key, "secret_key": self.world.secret_key})
        elif way == "password":
            options.update({"user_name": self.world.user_name, "password": self.world.password, "domain_name": self.world.domain_name})
        elif way == "token":
            options["auth_token"] = self.service.identity.issue_token(project.id)[0]
        else:
            raise ValueError(f"way is access_key, password or token, not {way!r}")
        return options

    def ready(self) -> dict[str, Any]:
        """What a client in another process needs to know, secrets included."""
        world = self.world
        return {
            "url": self.url,
            "access_key": world.access_key,
            "secret_key": world.secret_key,
            "user_name": world.user_name,
            "password": world.password,
            "domain_name": world.domain_name,
            "domain_id": world.domain_id,
            **self.control.world(),
        }
