# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters to_ocsf and to_ecs, as templates use them."""

from __future__ import annotations

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.cloudaudit.huaweicloud.plugins.filter import to_ecs, to_ocsf
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.query import LOG_TYPES
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.siem import ecs, ocsf
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.siem.flows import EXAMPLE, FIREWALL

PLUGINS = {"to_ocsf": (to_ocsf, ocsf), "to_ecs": (to_ecs, ecs)}


@pytest.mark.parametrize("name", PLUGINS)
def test_the_filter_maps(name):
    plugin, schema = PLUGINS[name]
    filters = plugin.FilterModule().filters()
    assert list(filters) == [name]
    assert filters[name]([EXAMPLE], FIREWALL, log_type="vpc") == [getattr(schema, name)(EXAMPLE, FIREWALL, "vpc")]


@pytest.mark.parametrize("name", PLUGINS)
def test_errors_are_one_line(name):
    with pytest.raises(AnsibleFilterError) as caught:
        PLUGINS[name][0].FilterModule().filters()[name]([EXAMPLE, 7])
    assert f"cloudaudit.huaweicloud.{name}: records[1]: 7" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", PLUGINS)
def test_a_whole_result_is_not_taken_for_a_record(name):
    with pytest.raises(AnsibleFilterError, match="Give its .records."):
        PLUGINS[name][0].FilterModule().filters()[name]({"records": [EXAMPLE], "count": 1, "complete": True})


@pytest.mark.parametrize("name", PLUGINS)
def test_the_documentation_states_the_version_and_the_choices(name):
    plugin, schema = PLUGINS[name]
    document = yaml.safe_load(plugin.DOCUMENTATION)
    assert document["name"] == name and any(schema.VERSION in line for line in document["description"])
    assert document["options"]["log_type"]["choices"] == list(LOG_TYPES)
