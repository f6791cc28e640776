# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way for tests into the simulator, under /_sim/: switches, truth, journal, more records."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Callable, Iterator

import numpy as np

from . import query as queries
from .flow_logs import Selection
from .messages import Refusal, Request, Response, as_json
from .service import Service
from .switches import SwitchError
from .table import Rows, Table
from .world import Stream, WorldError

_LINES_A_CHUNK = 8192
_FOREVER = 1 << 62


class Control:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._ways: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/_sim/switches"): self._get_switches,
            ("POST", "/_sim/switches"): self._set_switches,
            ("GET", "/_sim/world"): lambda request: as_json(200, self.world()),
            ("GET", "/_sim/truth"): lambda request: as_json(200, self.truth(**request.params)),
            ("GET", "/_sim/truth.jsonl"): lambda request: Response(200, self.lines(**request.params), content_type="application/jsonl"),
            ("GET", "/_sim/requests"): lambda request: as_json(200, self._service.journal.as_dict()),
            ("POST", "/_sim/reset"): self._reset,
            ("POST", "/_sim/world/records"): lambda request: as_json(200, self.add_records(**json.loads(request.body))),
        }

    def answer(self, request: Request) -> Response:
        way = self._ways.get((request.method, request.path))
        if way is None:
            return as_json(404, {"error": "unknown control call", "known": [" ".join(known) for known in self._ways]})
        try:
            return way(request)
        except Refusal as refusal:
            return as_json(400, refusal.payload)
        except (SwitchError, WorldError) as exc:
            return as_json(400, {"error": str(exc)})
        except (AttributeError, KeyError, TypeError, ValueError) as exc:
            return as_json(400, {"error": f"parameters that do not fit: {exc!r}"})

    def _get_switches(self, request: Request) -> Response:
        return as_json(200, self._service.switches.as_dict())

    def _set_switches(self, request: Request) -> Response:
        self._service.set(json.loads(request.body))
        return self._get_switches(request)

    def _reset(self, request: Request) -> Response:
        self._service.reset()
        return as_json(200, {})

    def world(self) -> dict[str, Any]:
        """What there is to be asked for, with the records of each stream, seen or not."""
        world = self._service.world
        return {
            "now": self._service.clock.now(),
            "begins_at": world.begins_at,
            "region": world.region,
            "projects": [
                {
                    "id": project.id,
                    "name": project.name,
                    "refuses": project.refuses,
                    "firewalls": [
                        {
                            "id": firewall.id,
                            "name": firewall.name,
                            "status": firewall.status,
                            "tags": firewall.tags,
                            "log_types": {log_type: len(stream.table) for log_type, stream in firewall.streams.items()},
                        }
                        for firewall in project.firewalls.values()
                    ],
                }
                for project in world.projects.values()
            ],
        }

    def truth(self, **params: Any) -> dict[str, Any]:
        """What one stream holds, whatever lies and faults are on: {"count", "sha256" of the sorted IDs joined by line feeds}.

        project_id, fw_instance_id, log_type; `start` and `end` (epoch ms, [start, end), default everything) on `field`
        (start_time, end_time, overlap; default start_time); filters as in the API. Counted are the records that are visible
        and not yet gone by the server's clock; `all`=true counts every record.
        """
        table, rows = self._rows(params)
        digest = hashlib.sha256(b"\n".join(sorted(table.log_ids(rows.take(0, rows.size)))))
        return {"count": rows.size, "sha256": digest.hexdigest()}

    def lines(self, **params: Any) -> Iterator[bytes]:
        """The same records' exact JSON texts, a line each, ascending by (start_time, log_id)."""
        table, rows = self._rows(params)
        numbers = self._service.switches.current.protocol == "numbers"

        def chunks() -> Iterator[bytes]:
            for first in range(0, rows.size, _LINES_A_CHUNK):
                texts = table.texts(rows.take(first, min(first + _LINES_A_CHUNK, rows.size)), numbers)
                yield b"\n".join(texts) + b"\n"

        return chunks()

    def _rows(self, params: dict[str, Any]) -> tuple[Table, Rows]:
        table = self._stream(params).table
        low, high = int(params.pop("start", 0)), int(params.pop("end", _FOREVER)) - 1
        field = params.pop("field", "start_time")
        everything = str(params.pop("all", "false")).lower() == "true"
        if field not in ("start_time", "end_time", "overlap"):
            raise WorldError(f"field is start_time, end_time or overlap, not {field!r}")
        if everything:
            wanted = queries.wanted(queries.filters(params), table.variants, "both")
            return table, table.select("start_time", field, low, high, _FOREVER, -_FOREVER, "end_time", wanted)
        selection = Selection("start_time", field, low, high, queries.filters({name: str(value) for name, value in params.items()}))
        return table, self._service.selector.rows(table, selection, self._service.switches.current)

    def add_records(self, **given: Any) -> dict[str, Any]:
        """Add records to a stream: {"added", "log_ids"}.

        project_id, fw_instance_id, log_type, and either `records` (objects, or JSON texts to be kept as they are; each with
        log_id, start_time, end_time) or `count` realistic ones with starts in [`start`, `end`) and an optional `duration_ms`.
        `visible_at` (epoch ms): when they appear, but not before their end; default at once.
        """
        stream = self._stream(given)
        visible_at = int(given.pop("visible_at", 0))
        if "records" in given:
            texts = [record if isinstance(record, str) else json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in given["records"]]
            ids = stream.add_literal([text.encode() for text in texts], visible_at)
        else:
            count, low, high = int(given["count"]), int(given["start"]), int(given["end"])
            starts = np.linspace(low, high, count, endpoint=False).astype(np.int64)
            ends = starts + int(given.get("duration_ms", 0))
            ids = stream.add_generated(starts, ends, np.full(count, visible_at, dtype=np.int64))
        return {"added": len(ids), "log_ids": ids}

    def _stream(self, params: dict[str, Any]) -> Stream:
        names = ("project_id", "fw_instance_id", "log_type")
        missing = [name for name in names if name not in params]
        if missing:
            raise WorldError(f"missing: {', '.join(missing)}")
        return self._service.world.stream(*(params.pop(name) for name in names))
