# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway's rate limit, counted per principal and API by real time."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

from .messages import Refusal, gateway_refusal

PERIODS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}


class RateLimit:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}  # tokens left, counted when
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}  # number of the period, requests in it
        self._closed: dict[tuple[str, str], float] = {}

    def forget(self) -> None:
        with self._lock:
            self._buckets.clear()
            self._counts.clear()
            self._closed.clear()

    def check(self, principal: str, api: str, switches: SimpleNamespace) -> None:
        """Count one request; raises the 429 refusal where it is one too many."""
        if not switches.rate_limit:
            return
        key, now = (principal, api), time.monotonic()
        with self._lock:
            if switches.rate_shape == "fixed_second":
                allowed = self._in_period(key, switches)
            else:
                closed = now < self._closed.get(key, 0.0)
                allowed = not closed and self._in_bucket(key, now, switches)
                if not allowed and not closed and switches.rate_shape == "penalty":
                    self._closed[key] = now + switches.rate_penalty_ms / 1000
        if not allowed:
            raise too_many(switches)

    def _in_period(self, key: tuple[str, str], switches: SimpleNamespace) -> bool:
        period = int(time.time() / PERIODS[switches.rate_period])
        number, count = self._counts.get(key, (period, 0))
        count = count + 1 if number == period else 1
        self._counts[key] = (period, count)
        return count <= switches.rate_limit

    def _in_bucket(self, key: tuple[str, str], now: float, switches: SimpleNamespace) -> bool:
        limit = switches.rate_limit
        tokens, counted = self._buckets.get(key, (float(limit), now))
        tokens = min(limit, tokens + (now - counted) * limit / PERIODS[switches.rate_period])
        allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if allowed else tokens, now)
        return allowed


def too_many(switches: SimpleNamespace) -> Refusal:
    """The gateway's 429; it names limit and period only where there is a limit and `rate_message` is on."""
    message = "The throttling threshold has been reached"
    if switches.rate_limit and switches.rate_message:
        message += f": policy user over ratelimit,limit:{switches.rate_limit},time:1 {switches.rate_period}"
    return gateway_refusal(429, f"{switches.rate_prefix}.0308", message)
