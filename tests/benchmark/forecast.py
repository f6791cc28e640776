# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far forecasts are from the runs that they are about, and what the model says of a large fleet.

    python tests/benchmark/forecast.py            predicted and measured, as a Markdown table: some minutes
    python tests/benchmark/forecast.py scenario   the model's figures for 2,000 firewalls, without measuring anything

Run it with the folder that holds ``ansible_collections`` on PYTHONPATH. Needs what tests/benchmark/collector.py needs.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import forecast_model as model
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.archiving import archive_flow_logs
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.forecast_model import DAY_MS, Collecting, Estimate, Lateness, Paging, Stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.forecast_words import count, duration, size
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import HOUR_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud import credentials
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.encoding import ENCODINGS

# -- predicted and measured


class Case(NamedTuple):
    what: str
    firewalls: int
    log_types: dict[str, int]
    switches: dict[str, Any]
    concurrency: int = 8
    hours_before: int = 0  #: an earlier run, whose archive is then brought up to date


WEEK = {"internet": 64_000, "vpc": 16_000, "nat": 8_000}
NO_COUNT = {"total": "page"}
LIMITED = {"rate_limit": 5, "latency_ms": 50}
CASES = (
    Case("one stream, 5,000 records", 1, {"internet": 5_000}, {}),
    Case("one stream, 100,000 records", 1, {"internet": 100_000}, {}),
    Case("the same, 32 in flight", 1, {"internet": 100_000}, {}, 32),
    Case("the same, no usable count", 1, {"internet": 100_000}, NO_COUNT),
    Case("the same, paged by offset", 1, {"internet": 100_000}, {**NO_COUNT, "paging": "offset_only"}),
    Case("the same, only splitting can be trusted", 1, {"internet": 100_000}, {**NO_COUNT, "repeat_page": True}),
    Case("20 firewalls of 3 log types, 120,000 records", 20, {"internet": 5_000, "vpc": 1_000, "nat": 0}, {}),
    Case("the same, no usable count", 20, {"internet": 5_000, "vpc": 1_000, "nat": 0}, NO_COUNT),
    Case("100 firewalls of 3 log types, 33,000 records", 100, {"internet": 300, "vpc": 30, "nat": 0}, {}),
    Case("5 firewalls of 3 log types, 440,000 records in 7 days, brought up to date after 6 hours", 5, WEEK, {}, 8, 6),
    Case("the same after 24 hours", 5, WEEK, {}, 8, 24),
    Case("the same, no usable count", 5, WEEK, NO_COUNT, 8, 24),
    Case("one stream, 100,000 records, 5 requests a second", 1, {"internet": 100_000}, LIMITED),
)


def cloud(case: Case) -> Any:
    from simulator import Simulator

    firewalls = [{"name": f"edge-{number}", "log_types": case.log_types} for number in range(case.firewalls)]
    world = {"seed": 7, "days": 7 if case.hours_before else 2, "shape": {"torture": 0}, "projects": [{"name": "cn-north-4", "firewalls": firewalls}]}
    return Simulator(world, case.switches)


def run(simulator: Any, case: Case, folder: Path, check_mode: bool) -> dict[str, Any]:
    """The module's result, and how long it took."""
    # Without a bound of the user's or the service's the pace rises slowly: it is set where no limit is measured, too.
    connection = {**simulator.options(), "rate_limit": case.switches.get("rate_limit", 5000)}
    stop = threading.Event()
    session = Session(credentials.resolve(connection), connection, stop)
    firewalls = dict.fromkeys((project_id, fw_instance_id) for project_id, fw_instance_id, _log_type in simulator.streams())
    options = {
        "archive": str(folder),
        "firewalls": [{"project_id": project_id, "fw_instance_id": fw_instance_id} for project_id, fw_instance_id in firewalls],
        "log_types": list(case.log_types),
        "start_time": "-7d",
        "end_time": "now",
        "window": 3_600_000,
        "settle": 900_000,
        "recheck": True,
        "recheck_requests": 1000,
        "forecast_requests": 200,
        "concurrency": case.concurrency,
        "encoding": "jsonl.gz",
    }
    began = time.monotonic()
    result = archive_flow_logs(session, options, check_mode=check_mode, stop=stop)
    errors = [stream["error"] for stream in result["streams"] if stream["error"]]
    if errors:
        raise SystemExit(f"{case.what}: {errors[0]}")
    return {**result, "seconds": time.monotonic() - began}


def measured() -> Iterator[str]:
    yield "| what | sample | records | requests | bytes as jsonl.gz | seconds |"
    yield "|---|---|---|---|---|---|"
    for case in CASES:
        with tempfile.TemporaryDirectory(prefix="forecast-benchmark-") as folder, cloud(case) as simulator:
            archive = Path(folder) / "archive"
            if case.hours_before:
                # Half way through the week: the simulated cloud ends its long sessions early where its data end.
                present = simulator.now() - 84 * HOUR_MS
                simulator.set(clock_ms=present - case.hours_before * HOUR_MS, max_skew_ms=0)
                run(simulator, case, archive, False)
                simulator.set(clock_ms=present)
            predicted = run(simulator, case, archive, True)["forecast"]
            done = run(simulator, case, archive, False)
            shutil.rmtree(archive)
        cells = [_ratio(predicted["records"], done["added"]), _ratio(predicted["requests"], done["requests"])]
        cells += [_ratio(predicted["bytes"]["jsonl.gz"], done["bytes"])]
        cells += [_ratio(predicted["seconds"], done["seconds"]) if "rate_limit" in case.switches else ""]
        yield "| " + " | ".join([case.what, f"{predicted['sample_requests']} requests", *cells]) + " |"


def _ratio(estimate: dict[str, float], figure: float) -> str:
    inside = "" if estimate["low"] <= figure <= estimate["high"] else ", **outside**"
    return f"{estimate['expected']:,.0f} / {figure:,.0f} = {estimate['expected'] / figure:.2f}{inside}"


# -- a large fleet

FIREWALLS, LOG_TYPES = 2000, 3
RECORDS = 1_000_000_000
RATES = (10, 20, 50, 100)
RECORD_BYTES = dict(zip(ENCODINGS, (90.0, 66.0, 102.0)))  # of records as the simulated cloud sends them, 451 bytes each
SESSIONS = {
    "none lasts an hour": Lateness([30_000] * 10_000),
    "1 in 100,000 lasts 12 hours": Lateness([30_000] * 99_999 + [DAY_MS // 2]),
    "1 in 1,000 lasts 1 to 72 hours": Lateness([30_000] * 71_928 + [hour * DAY_MS // 24 for hour in range(1, 73)]),
}


def scenario() -> Iterator[str]:
    """What each day of logs of the fleet costs."""
    streams = [Stream(model.exactly(RECORDS / FIREWALLS / LOG_TYPES), alike=FIREWALLS * LOG_TYPES)]
    yield f"{FIREWALLS:,} firewalls of {LOG_TYPES} log types, {count(RECORDS)} records a day, evenly spread"
    yield ""
    for encoding, stored in RECORD_BYTES.items():
        yield f"{encoding}: {size(stored * RECORDS)} a day, {size(365 * stored * RECORDS)} a year"
    for fast, seconds in model.PROCESSOR_SECONDS.items():
        yield f"processor, {'msgspec and isal' if fast else 'standard library'}: {duration(seconds * RECORDS / 1e6)} of a core a day"
    yield ""
    table = [["long sessions", "schedule", "requests", "read", *(f"at {rate}/s" for rate in RATES), "evidence"]]
    for (sessions, lateness), schedule in itertools.product(SESSIONS.items(), model.SCHEDULES):
        day = model.day(streams, schedule, lateness, Collecting(paging=Paging(overhead=model.CURSOR)))
        cells = [sessions, schedule.name, count(day.requests.expected), f"{day.reads:.1f} x"]
        table.append([*cells, *(_share(day.requests, rate) for rate in RATES), size(day.evidence)])
    widths = [max(map(len, column)) for column in zip(*table)]
    for row in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()


def _share(requests: Estimate, rate: float) -> str:
    """The hours that a day takes, and what that means."""
    seconds = model.limited_seconds(model.exactly(requests.expected), model.Speed(model.paced(rate)))
    return f"{seconds.expected / 3600:.1f} h {model.keeps_up(seconds)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=["measured", "scenario"], default="measured")
    for line in {"measured": measured, "scenario": scenario}[parser.parse_args().what]():
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
