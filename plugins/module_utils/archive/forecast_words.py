# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A forecast in words."""

from __future__ import annotations

from typing import Any, Mapping

_SCHEDULES = {
    "hourly": "hourly runs that recheck all seven days",
    "daily": "one run a day that rechecks all seven days",
    "last_day": "hourly runs with recheck=false, and one run a day from -7d to -6d that rechecks",
}
_RATES = {"rate_limit": "as rate_limit says", "learned": "as the service says", "assumed": "assumed"}


def count(value: float) -> str:
    """A number as people say it: three digits that matter."""
    for unit, size in (("billion", 1e9), ("million", 1e6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{float(f'{value:.3g}'):,.0f}"


def between(bounds: Mapping[str, float]) -> str:
    """An estimate with its bounds, where they differ."""
    low, expected, high = (count(bounds[name]) for name in ("low", "expected", "high"))
    return expected if low == expected == high else f"{expected} ({low} to {high})"


def size(value: float) -> str:
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if value >= factor:
            return f"{value / factor:.3g} {unit}"
    return f"{value:.0f} B"


def duration(seconds: float) -> str:
    for unit, factor in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 1.5 * factor:
            return f"{seconds / factor:.3g} {unit}"
    return f"{seconds:.0f} s" if seconds >= 1 else "less than a second"


def rate(limit: Mapping[str, Any]) -> str:
    number = f"{limit['requests_per_second']:g}"
    return f"{number} request{'' if number == '1' else 's'} a second ({_RATES[limit['source']]})"


def summary(forecast: Mapping[str, Any], encoding: str) -> str:
    """What this run will cost, in a line."""
    sampled = f"{forecast['sampled_streams']} of {forecast['streams']} streams sampled"
    if not forecast["sampled_streams"] and not forecast["basis"].get("archive"):
        return f"no forecast, {sampled}"
    return (
        f"about {between(forecast['records'])} records by {between(forecast['requests'])} requests in {duration(forecast['seconds']['expected'])}"
        f" at {rate(forecast['rate_limit'])}, {size(forecast['bytes'][encoding]['expected'])} as {encoding}; {sampled}"
    )


def advice(forecast: Mapping[str, Any], once: float, backlog: float | None) -> str:
    """Whether the service's API can keep up with what is logged, why, and what to do.

    C{once}: seconds to read a day's logs once; C{backlog}: until a first run over seven days has caught up, None: never.
    """
    if not forecast["sampled_streams"] and not forecast["basis"].get("archive"):
        return "No stream could be sampled, so nothing can be said about what it will cost."
    day = forecast["per_day"]
    best = day["schedules"][forecast["schedule"]]
    what = f"A day logs about {between(day['records'])} records. To read them once takes {duration(once)} at {rate(forecast['rate_limit'])}"
    load = f"with {_SCHEDULES[forecast['schedule']]} it is {duration(best['hours']['expected'] * 3600)}"
    if best["hours"]["low"] != best["hours"]["high"]:
        load += f" (between {duration(best['hours']['low'] * 3600)} and {duration(best['hours']['high'] * 3600)})"
    needed = best["hours"]["expected"] / 24 / 0.8 * forecast["rate_limit"]["requests_per_second"]
    sentences = [f"{what}; {load} out of 24 hours."]
    verdict = forecast["keeps_up"]
    if verdict == "yes":
        sentences.append("The API can keep up.")
        behind = [name for name in ("hourly", "daily") if day["schedules"][name]["keeps_up"] != "yes"]
        if behind:
            sentences.append(f"Not so {' or '.join(_SCHEDULES[name] for name in behind)}: windows that gained late records are read again each time.")
        if backlog is not None and backlog > 3600:
            sentences.append(f"A first run over all seven days is done after about {duration(backlog)}.")
    elif verdict == "barely":
        sentences.append(
            "The API can barely keep up: after an outage of the collector the backlog would shrink too slowly, and records older than seven days are gone."
            f" Ask the vendor for a limit of {needed:.0f} requests a second, or have the firewalls send their logs to LTS."
        )
    elif verdict == "unsure":
        sentences.append(
            "Whether the API can keep up is open: the sample is not exact enough."
            f" Collect some days and forecast again; plan for a limit of {needed:.0f} requests a second, or for LTS."
        )
    else:
        sentences.append(
            "The API can't keep up: more is logged than may be asked for, and what is not collected within seven days is lost."
            " Have the firewalls send their logs to LTS (Log Tank Service) and transfer them to OBS, and archive by the API what matters most;"
            f" or ask the vendor for a limit of {needed:.0f} requests a second. Log in as several users only where the limit counts each of them."
        )
    return " ".join(sentences)
