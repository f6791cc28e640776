# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role in check mode tells what a run will cost, and that is what the run then costs."""

from __future__ import annotations

import re

from playbook import ARCHIVE_PLAYBOOK, Workplace
from simulator import Simulator
from test_archive_playbook import COLLECT, archive_of, summary, variables


def test_check_mode_shows_what_the_run_will_cost(workplace: Workplace, cloud: Simulator) -> None:
    planned = workplace.play(ARCHIVE_PLAYBOOK, variables(workplace, cloud), "--check")
    assert planned.code == 0, planned.output
    assert not archive_of(workplace).exists()
    forecast = planned.task(COLLECT).result["forecast"]
    shown = summary(planned)
    assert f"Forecast: {forecast['summary']}." in shown
    assert forecast["advice"] in shown and "The API can keep up." in shown
    asked = [request for request in cloud.requests() if "logs/flow" in request["path"]]
    assert len(asked) == forecast["sample_requests"] <= 200

    done = workplace.play(ARCHIVE_PLAYBOOK, variables(workplace, cloud))
    assert done.code == 0, done.output
    result = done.task(COLLECT).result
    assert "Forecast" not in summary(done)
    assert abs(forecast["records"]["expected"] - result["records"]) < 0.02 * result["records"]
    assert forecast["requests"]["low"] <= result["requests"] <= forecast["requests"]["high"]
    assert forecast["bytes"]["jsonl.gz"]["low"] <= result["bytes"] <= forecast["bytes"]["jsonl.gz"]["high"]


def test_the_role_asks_no_more_than_it_is_allowed_to(workplace: Workplace, cloud: Simulator) -> None:
    cloud.set(total="page")
    run = workplace.play(ARCHIVE_PLAYBOOK, variables(workplace, cloud, forecast_requests=5), "--check")
    assert run.code == 0, run.output
    assert len([request for request in cloud.requests() if "logs/flow" in request["path"]]) <= 5
    assert re.search(r"Forecast: about .* requests in .*; \d of 6 streams sampled\.", summary(run))


def test_the_summary_names_what_could_not_be_sampled(workplace: Workplace, cloud: Simulator) -> None:
    project, refusing = next(stream[:2] for stream in cloud.streams() if not cloud.world.projects[stream[0]].refuses)
    name = cloud.world.projects[project].name
    cloud.set(refuse_firewalls=[refusing])
    shown = summary(workplace.play(ARCHIVE_PLAYBOOK, variables(workplace, cloud), "--check"))
    assert f"NOT SAMPLED {name} / {refusing} internet: " in shown and "403" in shown
