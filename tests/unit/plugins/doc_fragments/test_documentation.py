# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation says what the argument specs, the table of query parameters and the environment's names are."""

from __future__ import annotations

import importlib
import os
import re

import pytest
import yaml
from ansible.module_utils import basic
from ansible_collections.cloudaudit.huaweicloud.plugins.lookup import cfw_flow_log
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.arguments import CONNECTION, query_arguments
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.query import PARAMETERS, PROTOCOLS, allowed
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.connection_options import ENVIRONMENT, INSECURE
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.documentation import documented

MODULES = (
    "cfw_flow_log_info",
    "cfw_firewall_info",
    "cfw_flow_log_archive",
    "cfw_flow_log_archive_info",
    "cfw_flow_log_archive_retention",
    "cfw_flow_log_report",
    "cfw_flow_log_spot_check_info",
)
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 4))


def module_of(name):
    return importlib.import_module(f"ansible_collections.cloudaudit.huaweicloud.plugins.modules.{name}")


def argument_spec(name, monkeypatch):
    """The argument spec that a module hands to AnsibleModule."""
    seen = {}

    class Stop(Exception):
        pass

    def keep(_self, argument_spec, **keywords):
        seen.update(spec=argument_spec, keywords=keywords)
        raise Stop

    monkeypatch.setattr(basic.AnsibleModule, "__init__", keep)
    with pytest.raises(Stop):
        module_of(name).main()
    assert seen["keywords"]["supports_check_mode"] is True
    return seen["spec"]


def same(options, spec, where=""):
    assert set(options) == set(spec), where
    for name, argument in spec.items():
        option = options[name]
        assert option["type"] == argument["type"], name
        assert option.get("elements") == argument.get("elements"), name
        assert bool(option.get("required")) == bool(argument.get("required")), name
        assert option.get("default") == argument.get("default"), name
        assert option.get("aliases", []) == argument.get("aliases", []), name
        assert list(option.get("choices") or ()) == list(argument.get("choices") or ()), name
        if "options" in argument:
            same(option["suboptions"], argument["options"], name)


@pytest.mark.parametrize("name", MODULES)
def test_options_are_the_argument_spec(name, monkeypatch):
    options, _attributes = documented(module_of(name).DOCUMENTATION)
    same(options, argument_spec(name, monkeypatch), name)


def test_the_lookup_has_the_options_of_the_module(monkeypatch):
    lookup, _attributes = documented(cfw_flow_log.DOCUMENTATION)
    module, _attributes = documented(module_of("cfw_flow_log_info").DOCUMENTATION)
    assert lookup.pop("_terms")["required"] is True
    del module["fw_instance_id"]
    for name in CONNECTION:
        assert lookup[name].pop("vars") == [{"name": f"cloudaudit_huaweicloud_{name}"}]
    assert lookup == module


def test_the_query_parameters_are_documented_with_constraint_and_source():
    options, _attributes = documented(module_of("cfw_flow_log_info").DOCUMENTATION)
    same({name: options[name] for name in query_arguments()}, query_arguments())
    for parameter in PARAMETERS:
        text = " ".join(options[parameter.name]["description"])
        plain = re.sub(r"[VO]\(([^)]*)\)", r"\1", text)
        assert "Source. " in text and "Querying Flow Logs" in text, parameter.name
        if parameter.kind in ("id", "ip", "text", "integer"):
            constraint = allowed(parameter)
            assert constraint.lower() in plain.lower(), parameter.name
        elif parameter.kind == "choice":
            assert list(options[parameter.name]["choices"]) == list(parameter.choices)
        elif parameter.kind == "protocol":
            for form in (*PROTOCOLS, *PROTOCOLS.values()):
                assert f"V({form})" in text


def test_the_environment_is_documented():
    options, _attributes = documented(module_of("cfw_firewall_info").DOCUMENTATION)
    for name in CONNECTION:
        said = [line for line in options[name]["description"] if line.startswith("Environment. ")]
        variables = {**ENVIRONMENT, "validate_certs": INSECURE}.get(name, ())
        assert [variable for line in said for variable in re.findall(r"C\((\w+)\)", line)] == list(variables), name


def test_only_secrets_are_hidden():
    assert {name for name, argument in CONNECTION.items() if argument.get("no_log")} == {"secret_key", "security_token", "auth_token", "password"}
    assert CONNECTION["access_key"]["no_log"] is False


@pytest.mark.parametrize("name", MODULES)
def test_attributes_and_action_group(name, monkeypatch):
    """A module in the action group gets the connection's defaults, so it must have the connection's options."""
    _options, stated = documented(module_of(name).DOCUMENTATION)
    assert {"check_mode", "diff_mode", "idempotent", "platform"} <= set(stated)
    assert all("support" in attribute and "description" in attribute for attribute in stated.values())
    with open(os.path.join(ROOT, "meta", "runtime.yml"), encoding="utf-8") as file:
        grouped = yaml.safe_load(file)["action_groups"]["huaweicloud"]
    connects = set(CONNECTION) <= set(argument_spec(name, monkeypatch))
    assert (name in grouped) == ("action_group" in stated) == connects


@pytest.mark.parametrize("name", MODULES)
def test_examples_use_documented_options(name):
    options, _attributes = documented(module_of(name).DOCUMENTATION)
    known = set(options) | {alias for option in options.values() for alias in option.get("aliases", ())}
    examples = yaml.safe_load(module_of(name).EXAMPLES)
    own = [example[f"cloudaudit.huaweicloud.{name}"] for example in examples if f"cloudaudit.huaweicloud.{name}" in example]
    assert own
    for given in own:
        assert set(given) <= known


@pytest.mark.parametrize("name", MODULES)
def test_return_values_are_described(name):
    def check(values):
        for key, value in values.items():
            assert value["description"] and value["returned"] and value["type"], key
            check(value.get("contains", {}))

    check(yaml.safe_load(module_of(name).RETURN))
