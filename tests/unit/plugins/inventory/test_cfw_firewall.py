# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory's own part: its documentation, names of hosts, and what the survey's findings become."""

from __future__ import annotations

import random

import pytest
import yaml
from ansible.inventory.data import InventoryData
from ansible_collections.cloudaudit.huaweicloud.plugins.doc_fragments.connection import ModuleDocFragment
from ansible_collections.cloudaudit.huaweicloud.plugins.inventory import cfw_firewall
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive_options import ARCHIVING
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.arguments import CONNECTION
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError, OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.firewall_survey import MAX_CONCURRENCY, PLACES, SHARED

DOCUMENT = yaml.safe_load(cfw_firewall.DOCUMENTATION)
CONSTRUCTED = {"strict": False, "compose": {}, "groups": {}, "keyed_groups": [], "use_extra_vars": False, "leading_separator": True}


def firewall(fw_instance_id="2af58b7c-893c-4453-a984-bdd9b1bd6318", **more):
    fields = {"fw_instance_id": fw_instance_id, "id": fw_instance_id, "name": "edge", "status": 2, "tags": {}, "project_id": "p1", "project_name": "test-1"}
    return {**fields, "region": "test-1", "endpoint": "https://cfw.example.com", "account": "default", **more}


@pytest.fixture(name="plugin")
def loaded_plugin():
    plugin = cfw_firewall.InventoryModule()
    plugin._load_name = plugin.NAME
    plugin.inventory = InventoryData()
    plugin._vars = {}
    if not hasattr(plugin, "templar"):  # ansible-core before 2.19 makes it when a file is parsed
        from ansible.parsing.dataloader import DataLoader
        from ansible.template import Templar

        plugin.templar = Templar(loader=DataLoader())
    defaults = {name: option["default"] for name, option in DOCUMENT["options"].items() if "default" in option}
    plugin._options = {**CONSTRUCTED, **defaults}
    return plugin


@pytest.fixture(name="warnings")
def shown_warnings(monkeypatch):
    shown = []
    monkeypatch.setattr("ansible.utils.display.Display.warning", lambda _display, text, *_args, **_keywords: shown.append(text))
    return shown


def test_names_and_variables(plugin):
    plugin._populate([firewall(), firewall("00000000-1", name=None, region=None)])
    assert sorted(plugin.inventory.hosts) == ["cfw-00000000", "edge-2af58b7c"]
    variables = plugin.inventory.hosts["edge-2af58b7c"].get_vars()
    assert variables["cfw_firewall"] == firewall()
    assert variables["ansible_connection"] == "local" and variables["ansible_python_interpreter"] == "{{ ansible_playbook_python }}"
    target = variables["cfw_flow_log_archive_firewalls"][0]
    assert set(target) == set(ARCHIVING["firewalls"]["options"]) and target["fw_instance_id"] == firewall()["fw_instance_id"]
    assert "region" not in plugin.inventory.hosts["cfw-00000000"].get_vars()["cfw_flow_log_archive_firewalls"][0]


def test_the_order_of_the_service_does_not_decide_names(plugin):
    plugin._options["hostnames"] = ["cfw_firewall.name", "cfw_firewall.project_name ~ '.' ~ cfw_firewall.name", "cfw_firewall.fw_instance_id"]
    found = [firewall("f1"), firewall("f2"), firewall("f3", project_name="test-1_x"), firewall("f4", name="solo"), firewall("f5", name="test-1_x.edge")]
    expected = {"f1": "f1", "f2": "f2", "f3": "f3", "f4": "solo", "f5": "test-1_x.edge"}
    for seed in range(20):
        random.Random(seed).shuffle(found)
        names = plugin._names([{"cfw_firewall": one} for one in found])
        assert dict(zip((one["id"] for one in found), names)) == expected


@pytest.mark.parametrize("name, expected", [("a b/c:d", "a-b-c-d"), ("{{ 7 * 7 }}", "-7-7-"), ("\u5317\u4eac", "\u5317\u4eac"), (" edge ", "edge")])
def test_names_have_no_character_with_a_meaning(plugin, name, expected):
    plugin._options["hostnames"] = ["cfw_firewall.name"]
    assert plugin._names([cfw_firewall._variables(firewall(name=name))]) == [expected]


def test_no_firewall_is_lost_for_its_name(plugin):
    plugin._options["hostnames"] = ["cfw_firewall.name"]
    with pytest.raises(OptionError, match="no name of its own to the firewall f1"):
        plugin._names([{"cfw_firewall": firewall("f1")}, {"cfw_firewall": firewall("f2")}])


@pytest.mark.parametrize(
    "choice, refusing, asked, outcome",
    [("fail", 1, 2, "error"), ("warn", 1, 2, "warning"), ("warn", 2, 2, "error"), ("ignore", 2, 2, None), ("fail", 0, 2, None), ("warn", 0, 0, None)],
)
def test_on_unreadable(plugin, warnings, choice, refusing, asked, outcome):
    plugin._options["on_unreadable"] = choice
    entry = {"account": "default", "region": "test-1", "project_id": "p2", "project_name": None, "error": "403 Forbidden"}
    found = {"firewalls": [], "unreadable": [entry] * refusing, "warnings": [], "asked": asked}
    if outcome == "error":
        with pytest.raises(CloudAuditError, match="projects could not be read: p2 of account default"):
            plugin._judge(found)
    else:
        plugin._judge(found)
    assert len(warnings) == (outcome == "warning")


def test_options_are_documented_as_they_are_read():
    own = {"plugin", "accounts", "hostnames", "filters", "on_unreadable", "concurrency"}
    assert set(DOCUMENT["options"]) == own | set(PLACES)
    assert "cloudaudit.huaweicloud.connection.plugin" in DOCUMENT["extends_documentation_fragment"]
    assert set(yaml.safe_load(ModuleDocFragment.PLUGIN)["options"]) == set(CONNECTION)
    assert f"V({MAX_CONCURRENCY})" in str(DOCUMENT["options"]["concurrency"]["description"])
    assert set(SHARED) <= set(CONNECTION) | set(PLACES)


def test_examples_use_documented_options():
    known = {*DOCUMENT["options"], *CONNECTION, *CONSTRUCTED, "cache", "cache_plugin", "cache_connection"}
    files = cfw_firewall.EXAMPLES.strip().split("\n\n")  # all but the first are commented out: an inventory file is a single document
    examples = [yaml.safe_load("\n".join(line.removeprefix("# ") for line in file.splitlines()[1:])) for file in files]
    assert len(examples) == 3
    for example in examples:
        assert set(example) <= known
        for account in example.get("accounts", ()):
            assert set(account) <= {"name", "environment", *CONNECTION, *PLACES}
