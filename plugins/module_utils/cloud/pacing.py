# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One pace for all who call the same service as the same principal, learnt from the service's own refusals.

The gateway does not publish its limit; it names it when it refuses ("...,limit:20,time:1 second"). Until then the pace
rises with every success. From then on requests leave evenly, a little under the limit. Where no limit is named the
pace is cut at a refusal and rises slowly (AIMD). After a refusal nobody sends until the gateway's period has passed;
then one goes ahead, and the others follow one by one: never a herd.

Pace keeps times only, no threads: ``reserve`` and its kin are plain calculations on a clock, so that tests and the
benchmark run them on a clock of their own.
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from typing import Callable, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import Interrupted

SHARE = 0.97
_FIRST_RATE = 30.0
_RISE_PER_SUCCESS = 2.0
_UNPACED_RATE = 5000.0
_LEAST_RATE = 0.05
_SHORTEST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_REMEMBERED = 20_000
_LIMIT = re.compile(r"limit\s*:\s*(\d+)\s*,\s*time\s*:\s*(\d+)\s*(second|minute|hour|day)", re.IGNORECASE)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class Limit(NamedTuple):
    requests: int
    seconds: float


class Slot(NamedTuple):
    """Leave to send at ``at`` (the pace's clock, seconds), unless ``epoch`` has passed meanwhile."""

    at: float
    epoch: int


def limit_in(message: str | None) -> Limit | None:
    """The limit that a 429's message names, or None."""
    match = _LIMIT.search(message or "")
    if match is None or int(match.group(1)) < 1 or int(match.group(2)) < 1:
        return None
    return Limit(int(match.group(1)), float(int(match.group(2)) * _SECONDS[match.group(3).lower()]))


class Pace:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._bound: float | None = None  # the user's rate_limit
        self._limits: dict[float, int] = {}  # period in seconds -> requests, as the service named them
        self._rate: float = _FIRST_RATE  # while no limit is named
        self._refused = False  # the service has refused at least once: rise slowly from now on
        self._share = SHARE  # of the named limits; less while others seem to use the same
        self._next = 0.0
        self._epoch = 0
        self._resumed_at = 0.0
        self._probing = False
        self._pauses = 0  # in a row
        self._latency = 0.0
        self._sent: deque[float] = deque(maxlen=_REMEMBERED)

    def bound_to(self, rate: float | None) -> None:
        """The user's ``rate_limit`` in requests per second. The strictest one asked for in this process holds."""
        if rate is not None:
            with self._lock:
                self._bound = rate if self._bound is None else min(rate, self._bound)
                if not self._refused and not self._limits:
                    self._rate = max(self._rate, self._bound)

    @property
    def named_rate(self) -> float | None:
        """The requests a second that the service's limits allow, as far as it has named any."""
        with self._lock:
            return min((requests / seconds for seconds, requests in self._limits.items()), default=None)

    @property
    def latency(self) -> float:
        """Seconds until an answer is there, lately; 0 before the first one."""
        with self._lock:
            return self._latency

    def wait(self, stop: threading.Event, patience: float | None = None) -> Slot | None:
        """Block until it is this caller's turn; None at once when that is more than ``patience`` seconds away.

        Raises Interrupted as soon as ``stop`` is set.
        """
        give_up_at = None if patience is None else self._clock() + patience
        while True:
            slot = self.reserve()
            if give_up_at is not None and slot.at > give_up_at:
                return None
            delay = slot.at - self._clock()
            if stop.is_set() or (delay > 0 and stop.wait(delay)):
                raise Interrupted("Stopped while waiting for a turn to send a request.")
            if self.take(slot):
                return slot

    def reserve(self) -> Slot:
        with self._lock:
            at = max(self._next, self._clock())
            self._next = at + self._interval()
            if self._probing:
                # the first one after a pause goes ahead alone; what it hears decides about the others
                self._next = at + max(self._interval(), 1.5 * self._latency)
                self._probing = False
            return Slot(at, self._epoch)

    def resumes_in(self) -> float:
        """How many seconds a pause that the service's refusals brought about still lasts."""
        with self._lock:
            return max(0.0, self._resumed_at - self._clock())

    def take(self, slot: Slot) -> bool:
        """Whether the slot still holds; if not, a pause came in between and a new one must be reserved."""
        with self._lock:
            if slot.epoch != self._epoch:
                return False
            self._sent.append(max(slot.at, self._clock()))
            return True

    def succeeded(self, slot: Slot) -> None:
        """The service answered this request, with whatever but a 429."""
        with self._lock:
            now = self._clock()
            self._learn_latency(now - slot.at)
            if slot.at >= self._resumed_at:
                self._pauses = 0
            if not self._refused:
                self._rate = min(self._rate + _RISE_PER_SUCCESS, _UNPACED_RATE)
            elif self._limits:
                self._share = min(SHARE, self._share + 0.01 * self._interval())
            else:
                # one more request per second, every second
                self._rate = min(self._rate + 1.0 / max(self._rate, 1.0), _UNPACED_RATE)

    def throttled(self, slot: Slot, message: str | None, retry_after: float | None = None) -> None:
        """The service refused this request with 429 and ``message``; ``retry_after`` in seconds if it said so."""
        with self._lock:
            now = self._clock()
            self._learn_latency(now - slot.at)
            limit = limit_in(message)
            known = limit is not None and self._limits.get(limit.seconds) == limit.requests
            if limit is not None:
                self._limits[limit.seconds] = limit.requests
            if slot.epoch != self._epoch:
                # it left before the pause that is already in force, and may have prolonged what shut the door
                resume = self._door_opens(now, limit)
                if resume > self._resumed_at > now:
                    self._resume_at(resume)
                return
            if limit is None and not self._limits:
                self._rate = max(_LEAST_RATE, 0.7 * min(self._rate, self._recent_rate(now)))
            elif known:
                self._share = max(0.3, 0.9 * self._share)
            self._refused = True
            self._pause(now, limit, retry_after)

    def _pause(self, now: float, limit: Limit | None, retry_after: float | None) -> None:
        period = limit.seconds if limit is not None else 1.0
        resume = self._door_opens(now, limit)
        if limit is not None and len(self._sent) >= limit.requests:
            # a window of the gateway that began with the oldest of these is over by then
            resume = max(resume, self._sent[-limit.requests] + period)
        if self._pauses:
            # the last pause was too short: a penalty, or others who share the limit
            resume = max(resume, now + min(period * 2 ** (self._pauses - 1), _LONGEST_PAUSE))
        if retry_after is not None:
            resume = max(resume, now + retry_after)
        self._pauses += 1
        self._resume_at(resume)

    def _door_opens(self, now: float, limit: Limit | None) -> float:
        """Some gateways shut the door for a second at any excess, and again at every knock.

        The refusal took half a round trip to get here, and the next request takes as long to get there.
        """
        shut = _SHORTEST_PAUSE if limit is None else min(limit.seconds, _SHORTEST_PAUSE)
        return now + max(0.0, shut - 0.9 * self._latency)

    def _resume_at(self, moment: float) -> None:
        self._epoch += 1
        self._probing = True
        self._resumed_at = self._next = moment

    def _recent_rate(self, now: float) -> float:
        recent = sum(1 for at in self._sent if at > now - 1.0)
        return float(max(recent, 1))

    def _learn_latency(self, seconds: float) -> None:
        self._latency = seconds if self._latency == 0.0 else 0.8 * self._latency + 0.2 * seconds

    def _interval(self) -> float:
        if self._limits:
            interval = max(seconds / (self._share * requests) for seconds, requests in self._limits.items())
        else:
            interval = 0.0 if self._rate >= _UNPACED_RATE else 1.0 / self._rate
        return interval if self._bound is None else max(interval, 1.0 / self._bound)


_paces: dict[tuple[str, str], Pace] = {}
_paces_lock = threading.Lock()


def pace_of(base_url: str, principal: str) -> Pace:
    """The pace that everybody in this process shares who calls ``base_url`` as ``principal``."""
    with _paces_lock:
        return _paces.setdefault((base_url, principal), Pace())
