# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How well the pace meets a gateway's limit: requests, seconds and refusals for 400 useful requests at 20/s.

Everything runs on a made-up clock, so the figures are exact and the same on every machine; they say nothing about
processor time. Run it with the folder that holds ``ansible_collections`` on PYTHONPATH:

    python tests/benchmark/pacing.py [--workers 32] [--useful 400]
"""

from __future__ import annotations

import argparse
import heapq
import random
import sys
from collections import deque
from typing import Callable

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.pacing import Pace

LIMIT = 20
NAMED = "The throttling threshold has been reached: policy user over ratelimit,limit:20,time:1 second"
UNNAMED = "Too many requests"


class Bucket:
    """A token bucket: LIMIT tokens a second, at most LIMIT saved."""

    def __init__(self) -> None:
        self.tokens, self.last = float(LIMIT), 0.0

    def accepts(self, now: float) -> bool:
        self.tokens = min(LIMIT, self.tokens + (now - self.last) * LIMIT)
        self.last = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class FixedSecond:
    """At most LIMIT in every second of the clock."""

    def __init__(self) -> None:
        self.second, self.count = -1, 0

    def accepts(self, now: float) -> bool:
        if int(now) != self.second:
            self.second, self.count = int(now), 0
        self.count += 1
        return self.count <= LIMIT


class Penalty:
    """More than LIMIT within the last second shuts the door for a second; knocking meanwhile prolongs it."""

    def __init__(self) -> None:
        self.accepted: deque[float] = deque()
        self.shut_until = 0.0

    def accepts(self, now: float) -> bool:
        if now < self.shut_until:
            self.shut_until = now + 1.0
            return False
        while self.accepted and self.accepted[0] <= now - 1.0:
            self.accepted.popleft()
        if len(self.accepted) >= LIMIT:
            self.shut_until = now + 1.0
            return False
        self.accepted.append(now)
        return True


GATEWAYS: dict[str, Callable[[], Bucket | FixedSecond | Penalty]] = {"bucket": Bucket, "fixed second": FixedSecond, "penalty": Penalty}


def run(
    gateway: Bucket | FixedSecond | Penalty, latency: float, workers: int, useful: int, message: str, start: float = 0.0, seed: int = 1
) -> tuple[float, int, int]:
    """(seconds, requests sent, requests refused) until ``useful`` requests were accepted."""
    now = start
    pace = Pace(clock=lambda: now)
    jitter = random.Random(seed)
    events: list[tuple[float, int, str, object]] = []
    order = sent = refused = accepted = waiting = 0

    def at(moment: float, kind: str, what: object) -> None:
        nonlocal order
        order += 1
        heapq.heappush(events, (moment, order, kind, what))

    def queue_up() -> None:
        slot = pace.reserve()
        at(max(slot.at, now), "turn", slot)

    for _worker in range(min(workers, useful)):
        waiting += 1
        queue_up()
    while accepted < useful:
        now, _order, kind, what = heapq.heappop(events)
        if kind == "turn":
            if pace.take(what):  # type: ignore[arg-type]
                sent += 1
                at(now + latency * jitter.uniform(0.4, 0.6), "arrival", what)
            else:
                queue_up()
        elif kind == "arrival":
            verdict = gateway.accepts(now)
            at(now + latency * jitter.uniform(0.4, 0.6), "accepted" if verdict else "refused", what)
        elif kind == "accepted":
            accepted += 1
            pace.succeeded(what)  # type: ignore[arg-type]
            waiting += 1
            if waiting <= useful:
                queue_up()
        else:
            refused += 1
            pace.throttled(what, message)  # type: ignore[arg-type]
            queue_up()
    return now - start, sent, refused


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=32)
    parser.add_argument("--useful", type=int, default=400)
    arguments = parser.parse_args()
    ideal = arguments.useful / LIMIT
    sys.stdout.write(f"{arguments.useful} useful requests, {arguments.workers} workers, {LIMIT}/s: {ideal:.1f} s would be ideal\n")
    for message, label in ((NAMED, "limit named"), (UNNAMED, "limit not named")):
        for name, gateway in GATEWAYS.items():
            for latency in (0.02, 0.1, 0.3):
                for start in (0.0, 0.5):
                    seconds, sent, refused = run(gateway(), latency, arguments.workers, arguments.useful, message, start)
                    sys.stdout.write(
                        f"{label:16} {name:13} latency {latency * 1000:4.0f} ms, start at .{start * 10:.0f}: "
                        f"{seconds:6.2f} s ({seconds / ideal:4.2f} x), {sent} requests, {refused} refused ({100 * refused / sent:4.1f} %)\n"
                    )


if __name__ == "__main__":
    main()
