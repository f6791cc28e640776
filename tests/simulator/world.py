# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulated cloud holds: projects, firewalls and their seeded streams of flow logs."""

from __future__ import annotations

import hashlib
import json
import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from . import records
from .records import Variant, variant_pool
from .switches import LOG_TYPES
from .table import Table

HOUR = 3_600_000
DAY = 24 * HOUR
SHAPE = {
    "bursts": 6,  # half-minutes with three times a usual share of the traffic
    "tie_ms": [],  # widths: this many records share one start and one end; as long as they fit into half of the stream
    "long_sessions": 0.01,  # share of sessions that last hours to three days
    "granularity_ms": 1,  # 1000: times are whole seconds
    "open": 0.0,  # share of sessions that end in the hour after `now`
    "late": {"fraction": 0.0, "delay_ms": [60_000, 2 * HOUR]},  # records that become visible this long after their end
    "ipv6": 0.1,
    "torture": 0.02,  # share of records that are hard to parse: decoys in strings, nested objects, odd order and spaces
}
_WORLD_KEYS = {"seed", "now", "clock", "days", "region", "domain", "user", "projects", "shape"}
_PROJECT_KEYS = {"name", "id", "refuses", "firewalls", "enabled"}
_FIREWALL_KEYS = {"name", "id", "status", "tags", "log_types", "enterprise_project_id", "shape"}


def _demo_firewall(name: str, scale: int, tags: dict[str, str], **more: int) -> dict[str, Any]:
    return {"name": name, "tags": tags, "log_types": {"internet": 9 * scale, "vpc": 4 * scale, "nat": 2 * scale, **more}}


BUILT_IN: dict[str, dict[str, Any]] = {
    "demo": {
        "days": 2,
        "shape": {"tie_ms": [1500]},
        "projects": [
            {
                "name": "cn-north-4_shop",
                "firewalls": [_demo_firewall("edge", 1300, {"stage": "production"}), _demo_firewall("office", 700, {"stage": "office"})],
            },
            {
                "name": "cn-north-4_bank",
                "firewalls": [_demo_firewall("edge", 1400, {"stage": "production"}, vgw=1500), _demo_firewall("test", 500, {"stage": "test"})],
            },
            {"name": "cn-north-4_sealed", "refuses": True, "firewalls": [_demo_firewall("vault", 100, {})]},
        ],
    },
    "small": {
        "days": 1,
        "shape": {"tie_ms": [1100]},
        "projects": [
            {
                "name": "cn-north-4",
                "firewalls": [{"name": "first", "log_types": {"internet": 3000, "vpc": 200, "nat": 0}}, {"name": "second", "log_types": {"internet": 50}}],
            }
        ],
    },
}


class WorldError(ValueError):
    """A world description, or records to add, that cannot be had."""


class Stream:
    """One (project, firewall, log type). `table` is replaced when records are added."""

    def __init__(self, seed: int, pool: tuple[Variant, ...], shape: dict[str, Any], count: int, days: float, now: int) -> None:
        self.seed = seed
        self._lock = threading.Lock()
        self._original = self.table = _generate(seed, pool, shape, count, days, now)
        self._next_ordinal = count

    @classmethod
    def empty(cls) -> Stream:
        """A stream that holds nothing."""
        return cls(0, variant_pool(0, "internet", SHAPE), SHAPE, 0, 1, 0)

    def restore(self) -> None:
        """Take back all records that were added."""
        with self._lock:
            self.table = self._original

    def add_generated(self, starts: np.ndarray, ends: np.ndarray, visible: np.ndarray) -> list[str]:
        """Add realistic records with these times (epoch ms); returns their IDs."""
        with self._lock:
            keys = records.generated_keys(self._next_ordinal, len(starts), self.seed)
            self._next_ordinal += len(starts)
            rng = np.random.default_rng([self.seed, self._next_ordinal])
            variants = rng.integers(0, records.POOL_SIZE, len(starts)).astype(self.table.variant.dtype)
            self.table = self.table.with_rows(starts, ends, keys, variants, np.maximum(visible, ends), self.table.variants)
            return [log_id.decode() for log_id in records.log_ids(keys, self.table.variants, variants.tolist())]

    def add_literal(self, texts: list[bytes], visible_at: int) -> list[str]:
        """Add records with exactly this JSON text; each needs log_id, start_time and end_time. Returns their IDs."""
        new, ids, times = [], [], []
        for text in texts:
            try:
                value = json.loads(text)
                log_id, start, end = value["log_id"].encode(), int(value["start_time"]), int(value["end_time"])
            except (AttributeError, KeyError, TypeError, ValueError) as exc:
                raise WorldError(f"a record needs JSON text with log_id, start_time and end_time: {exc!r}") from exc
            if end < start or log_id in ids or self.table.has_id(log_id):
                raise WorldError(f"record {log_id.decode()} ends before it starts, or its log_id is there already")
            ids.append(log_id)
            times.append((start, end))
            new.append(records.literal(text, log_id))
        with self._lock:
            first = len(self.table.variants)
            if first + len(new) > np.iinfo(self.table.variant.dtype).max:
                raise WorldError("too many records with a text of their own in one stream")
            variants = np.arange(first, first + len(new), dtype=self.table.variant.dtype)
            starts, ends = (np.array(column, dtype=np.int64) for column in zip(*times))
            visible = np.maximum(np.int64(visible_at), ends)
            self.table = self.table.with_rows(starts, ends, records.sort_keys(ids), variants, visible, (*self.table.variants, *new))
        return [log_id.decode() for log_id in ids]


def _hour_weights(hours: int, now: int) -> np.ndarray:
    """Traffic by hour back from `now`: full in the afternoon, a fifth at night."""
    hour_of_day = ((now - np.arange(hours, 0, -1) * HOUR) // HOUR) % 24
    weights = 0.6 - 0.4 * np.cos((hour_of_day - 3) / 24 * 2 * np.pi)
    return weights / weights.sum()


def _generate(seed: int, pool: tuple[Variant, ...], shape: dict[str, Any], count: int, days: float, now: int) -> Table:
    rng = np.random.default_rng(seed)
    first = now - int(days * DAY)
    hours = max(1, int(np.ceil(days * 24)))
    hour_of = np.repeat(np.arange(hours), rng.multinomial(count, _hour_weights(hours, now)))
    start = np.int64(now - hours * HOUR) + hour_of * np.int64(HOUR) + rng.integers(0, HOUR, count)
    del hour_of
    start = np.where(start < first, start + (first - start) * 2, start)
    bursts = int(shape["bursts"])
    if bursts and count:
        share = min(0.5, 0.03 * bursts)
        chosen = np.flatnonzero(rng.random(count) < share)
        begins = rng.integers(first, max(first + 1, now - 60_000), bursts)
        start[chosen] = begins[rng.integers(0, bursts, len(chosen))] + rng.integers(0, 30_000, len(chosen))
    end = start + rng.exponential(20_000, count).astype(np.int64)
    lasting = np.flatnonzero(rng.random(count) < shape["long_sessions"])
    end[lasting] = start[lasting] + rng.integers(2 * HOUR, 3 * DAY, len(lasting))
    beyond = np.flatnonzero(end >= now)
    end[beyond] = start[beyond] + (rng.random(len(beyond)) * np.maximum(0, now - 1 - start[beyond])).astype(np.int64)
    if shape["open"]:
        unfinished = np.flatnonzero(rng.random(count) < shape["open"])
        end[unfinished] = now + rng.integers(1, HOUR, len(unfinished))
    taken = 0
    for width in shape["tie_ms"]:
        if taken + width > count // 2:
            break
        instant = int(rng.integers(first, max(first + 1, now - 60_000)))
        start[taken : taken + width] = instant
        end[taken : taken + width] = instant + 5
        taken += width
    grain = int(shape["granularity_ms"])
    if grain > 1:
        start, end = start - start % grain, end - end % grain
    np.maximum(end, start, out=end)
    visible = end
    late = shape["late"]
    if late["fraction"]:
        visible = end.copy()
        delayed = np.flatnonzero(rng.random(count) < late["fraction"])
        visible[delayed] += rng.integers(late["delay_ms"][0], late["delay_ms"][1] + 1, len(delayed))
    variant = rng.integers(0, records.POOL_SIZE, count, dtype=np.uint16)
    return Table(start, end, records.generated_keys(0, count, seed), variant, visible, pool)


@dataclass
class Firewall:
    id: str
    name: str
    status: int
    tags: dict[str, str]
    enterprise_project_id: str
    streams: dict[str, Stream]
    created: int


@dataclass
class Project:
    id: str
    name: str
    enabled: bool
    refuses: bool
    firewalls: dict[str, Firewall] = field(default_factory=dict)


@dataclass
class World:
    region: str
    domain_name: str
    domain_id: str
    user_name: str
    user_id: str
    password: str
    access_key: str
    secret_key: str
    begins_at: int  # epoch ms: the instant that the data end at
    clock_begins_at: int | None  # None: the clock is real time
    projects: dict[str, Project]

    def stream(self, project_id: str, fw_instance_id: str, log_type: str) -> Stream:
        """Raises WorldError for one that is not there."""
        try:
            return self.projects[project_id].firewalls[fw_instance_id].streams[log_type]
        except KeyError:
            raise WorldError(f"no stream {project_id}/{fw_instance_id}/{log_type}") from None

    def streams(self) -> list[tuple[str, str, str, Stream]]:
        return [
            (project.id, firewall.id, log_type, stream)
            for project in self.projects.values()
            for firewall in project.firewalls.values()
            for log_type, stream in firewall.streams.items()
        ]


def _only(what: str, given: dict[str, Any], known: set[str]) -> None:
    if not isinstance(given, dict) or set(given) - known:
        raise WorldError(f"{what}: an object of {', '.join(sorted(known))} is wanted, not {given!r}")


def _merged_shape(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    _only("shape", more, set(SHAPE))
    shape = {**base, **more}
    _only("late", shape["late"], {"fraction", "delay_ms"})
    shape["late"] = {**SHAPE["late"], **shape["late"]}  # type: ignore[dict-item]
    return shape


def description(world: str | dict[str, Any]) -> dict[str, Any]:
    """A world's description from a built-in name, a JSON file's path, inline JSON, or a dict."""
    if isinstance(world, dict):
        return world
    if world in BUILT_IN:
        return BUILT_IN[world]
    try:
        return json.loads(world if world.lstrip().startswith("{") else Path(world).read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise WorldError(f"world {world[:80]!r} is neither {', '.join(BUILT_IN)} nor readable JSON: {exc}") from exc


def build(given: dict[str, Any]) -> World:
    """Generate a world; equal descriptions with equal `now` give equal worlds."""
    _only("world", given, _WORLD_KEYS)
    seed = int(given.get("seed", 1))
    real = given.get("now", "real") == "real"
    now = int(time.time() * 1000) if real else int(given["now"])
    clock = given.get("clock", "real" if real else "world")
    if clock not in ("real", "world"):
        raise WorldError(f"clock is real or world, not {clock!r}")
    days = float(given.get("days", 2))
    shape = _merged_shape(SHAPE, given.get("shape", {}))
    rng = random.Random(f"{seed}/identities")
    region = given.get("region", "cn-north-4")
    world = World(
        region=region,
        domain_name=given.get("domain", "example-corp"),
        domain_id=f"{rng.getrandbits(128):032x}",
        user_name=given.get("user", "auditor"),
        user_id=f"{rng.getrandbits(128):032x}",
        password="Pw-" + f"{rng.getrandbits(80):020x}",
        access_key="SIM" + f"{rng.getrandbits(68):017X}",
        secret_key=f"{rng.getrandbits(160):040x}",
        begins_at=now,
        clock_begins_at=None if clock == "real" else now,
        projects={},
    )
    for project_given in given.get("projects", BUILT_IN["small"]["projects"]):
        _only("project", project_given, _PROJECT_KEYS)
        project_id = project_given.get("id") or f"{rng.getrandbits(128):032x}"
        project = Project(project_id, project_given.get("name", region), project_given.get("enabled", True), project_given.get("refuses", False))
        for firewall_given in project_given.get("firewalls", []):
            _only("firewall", firewall_given, _FIREWALL_KEYS)
            own_shape = _merged_shape(shape, firewall_given.get("shape", {}))
            firewall_id = firewall_given.get("id") or str(uuid.UUID(int=rng.getrandbits(128), version=4))
            streams = {}
            for log_type, count in firewall_given.get("log_types", {}).items():
                if log_type not in LOG_TYPES:
                    raise WorldError(f"log type {log_type!r} is none of {', '.join(LOG_TYPES)}")
                digest = hashlib.sha256(f"{seed}/{project_id}/{firewall_id}/{log_type}".encode()).digest()
                streams[log_type] = Stream(int.from_bytes(digest[:6], "big"), variant_pool(seed, log_type, own_shape), own_shape, int(count), days, now)
            project.firewalls[firewall_id] = Firewall(
                id=firewall_id,
                name=firewall_given.get("name", "firewall"),
                status=int(firewall_given.get("status", 2)),
                tags=firewall_given.get("tags", {}),
                enterprise_project_id=firewall_given.get("enterprise_project_id", "0"),
                streams=streams,
                created=now - 400 * DAY,
            )
        world.projects[project_id] = project
    return world
