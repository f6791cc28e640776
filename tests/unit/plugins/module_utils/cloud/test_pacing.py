# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pace on a made-up clock: figures are exact, nothing here depends on how fast a machine is."""

from __future__ import annotations

import heapq
import threading
from typing import Callable

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.pacing import Limit, Pace, limit_in, pace_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import Interrupted

NAMED = "The throttling threshold has been reached: policy user over ratelimit,limit:20,time:1 second"
LATENCY = 0.1


@pytest.mark.parametrize(
    ("message", "limit"),
    [
        (NAMED, Limit(20, 1.0)),
        ("policy ip over ratelimit,limit:100,time:1 minute", Limit(100, 60.0)),
        ("policy api over ratelimit, limit: 5 , time: 2 hours", Limit(5, 7200.0)),
        ("LIMIT:7,TIME:1 DAY", Limit(7, 86400.0)),
        ("limit:0,time:1 second", None),
        ("slow down", None),
        (None, None),
    ],
)
def test_the_limit_in_the_message(message: str | None, limit: Limit | None) -> None:
    assert limit_in(message) == limit


class Run:
    """Workers that send as soon as the pace lets them, against a gateway that is a function of the time."""

    def __init__(self, accepts: Callable[[float], bool], message: str = NAMED, bound: float | None = None) -> None:
        self.now = 0.0
        self.pace = Pace(clock=lambda: self.now)
        self.pace.bound_to(bound)
        self.accepts = accepts
        self.message = message
        self.sent: list[float] = []
        self.refused: list[float] = []

    def until(self, useful: int, workers: int = 32) -> float:
        events: list[tuple[float, int, str, object]] = []
        order = accepted = 0

        def at(moment: float, kind: str, slot: object) -> None:
            nonlocal order
            order += 1
            heapq.heappush(events, (max(moment, self.now), order, kind, slot))

        def reserve() -> None:
            slot = self.pace.reserve()
            at(slot.at, "turn", slot)

        for _worker in range(workers):
            reserve()
        while accepted < useful:
            self.now, _order, kind, slot = heapq.heappop(events)
            if kind == "turn" and self.pace.take(slot):  # type: ignore[arg-type]
                self.sent.append(self.now)
                at(self.now + LATENCY, "accepted" if self.accepts(self.now) else "refused", slot)
            elif kind == "accepted":
                accepted += 1
                self.pace.succeeded(slot)  # type: ignore[arg-type]
                reserve()
            else:
                if kind == "refused":
                    self.refused.append(self.now)
                    self.pace.throttled(slot, self.message)  # type: ignore[arg-type]
                reserve()
        return self.now


def bucket(rate: float, size: float) -> Callable[[float], bool]:
    state = {"tokens": size, "last": 0.0}

    def accepts(now: float) -> bool:
        state["tokens"] = min(size, state["tokens"] + (now - state["last"]) * rate)
        state["last"] = now
        if state["tokens"] < 1:
            return False
        state["tokens"] -= 1
        return True

    return accepts


def fixed_second(limit: int) -> Callable[[float], bool]:
    counts: dict[int, int] = {}

    def accepts(now: float) -> bool:
        counts[int(now)] = counts.get(int(now), 0) + 1
        return counts[int(now)] <= limit

    return accepts


def penalty(limit: int) -> Callable[[float], bool]:
    sent: list[float] = []
    shut = {"until": 0.0}

    def accepts(now: float) -> bool:
        if now < shut["until"] or sum(1 for one in sent if one > now - 1.0) >= limit:
            shut["until"] = now + 1.0
            return False
        sent.append(now)
        return True

    return accepts


@pytest.mark.parametrize("gateway", [bucket(20, 20), fixed_second(20), penalty(20)], ids=["bucket", "fixed", "penalty"])
def test_400_requests_at_20_a_second(gateway: Callable[[float], bool]) -> None:
    run = Run(gateway)
    seconds = run.until(400)
    assert seconds <= 1.10 * 20
    assert len(run.refused) <= 0.03 * len(run.sent)


@pytest.mark.parametrize("gateway", [bucket(20, 20), fixed_second(20), penalty(20)], ids=["bucket", "fixed", "penalty"])
def test_a_limit_that_is_not_named_is_still_respected(gateway: Callable[[float], bool]) -> None:
    run = Run(gateway, message="Too many requests")
    seconds = run.until(400)
    assert seconds <= 2 * 20
    assert len(run.refused) <= 0.05 * len(run.sent)


def test_no_herd_after_a_refusal() -> None:
    """64 workers wait; when the door opens they go one after another, and one goes ahead alone."""
    run = Run(bucket(20, 20))
    run.until(100, workers=64)
    resumed = [moment for moment in run.sent if moment > run.refused[0] + LATENCY]
    gaps = [later - earlier for earlier, later in zip(resumed, resumed[1:])]
    assert gaps[0] >= LATENCY
    assert min(gaps) >= 1 / 20


def test_a_limit_by_the_minute_is_spread_evenly() -> None:
    run = Run(bucket(100 / 60, 10), message="limit:100,time:1 minute")
    run.until(60)
    late = run.sent[-20:]
    assert min(later - earlier for earlier, later in zip(late, late[1:])) >= 60 / 100


def test_without_a_limit_the_pace_opens_up() -> None:
    run = Run(lambda now: True)
    seconds = run.until(1000, workers=32)
    assert seconds < 5.0  # 32 workers at 100 ms could do it in 3.1


def test_the_users_bound_holds_from_the_first_request() -> None:
    run = Run(lambda now: True, bound=10)
    run.until(50)
    gaps = [later - earlier for earlier, later in zip(run.sent, run.sent[1:])]
    assert min(gaps) >= 1 / 10 - 1e-9
    run.pace.bound_to(5)
    run.pace.bound_to(50)
    assert run.pace.reserve().at + 1 / 5 <= run.pace.reserve().at + 1e-9


def test_others_who_share_the_limit_make_us_give_way() -> None:
    """Half of the limit is taken by somebody else: refusals must become rare, not go on for ever."""
    run = Run(bucket(10, 20))
    run.until(400)
    late = [moment for moment in run.refused if moment > run.now - 10]
    assert len(late) <= 15
    assert run.now <= 1.5 * 40


def test_retry_after_is_kept() -> None:
    now = 100.0
    pace = Pace(clock=lambda: now)
    slot = pace.reserve()
    assert pace.take(slot)
    pace.throttled(slot, "busy", retry_after=30.0)
    assert pace.reserve().at >= 130.0


def test_waiting_ends_with_stop() -> None:
    stop = threading.Event()
    pace = Pace()
    slot = pace.wait(stop)
    pace.throttled(slot, "limit:1,time:1 hour")
    threading.Timer(0.1, stop.set).start()
    with pytest.raises(Interrupted):
        pace.wait(stop)


def test_one_pace_for_the_same_caller() -> None:
    assert pace_of("https://a", "one") is pace_of("https://a", "one")
    assert pace_of("https://a", "one") is not pace_of("https://a", "two")
    assert pace_of("https://a", "one") is not pace_of("https://b", "one")
