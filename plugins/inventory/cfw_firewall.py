# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Firewalls as hosts; what is asked and found is module_utils/firewall_survey.py."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cfw_firewall
short_description: Firewalls as hosts
version_added: 0.1.0
description:
  - Makes each instance of Huawei Cloud's Cloud Firewall (CFW) a host, from all projects that the credentials may enter, in one or several
    regions, and of one or several accounts.
  - The name of the inventory file must end in C(cfw_firewall.yml) or C(cfw_firewall.yaml).
  - Tasks for these hosts run on the controller. Each host has C(ansible_connection) V(local), and the Python of C(ansible-playbook).
  - The variable C(cfw_firewall) of a host is the firewall as RV(cloudaudit.huaweicloud.cfw_firewall_info#module:firewalls) describes it,
    with the name of the C(account) and the address of the C(endpoint) beside it.
  - The variable C(cfw_flow_log_archive_firewalls) of a host is the list that
    O(cloudaudit.huaweicloud.cfw_flow_log_archive#module:firewalls) takes. It makes the role
    P(cloudaudit.huaweicloud.cfw_flow_log_archive#role) be about this firewall only.
  - C(cfw_firewall_unreadable) is a variable of all hosts, what could not be read, a list of dictionaries with C(project_id), C(project_name),
    C(account) and C(error). The playbooks C(cloudaudit.huaweicloud.archive) and C(cloudaudit.huaweicloud.audit) fail and report by it.
  - No key, password or token becomes a variable of a host or is cached. Tasks need credentials of their own, like everywhere.
  - A project that refuses to be read is not the same as a project without firewalls, see O(on_unreadable).
extends_documentation_fragment:
  - cloudaudit.huaweicloud.connection.plugin
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description:
      - Says that the file is for this plugin.
    type: str
    required: true
    choices: [cloudaudit.huaweicloud.cfw_firewall]
  regions:
    description:
      - The regions to look into, instead of O(region).
      - IAM is asked once, at O(auth_url) or in the first of these regions, for it lists the projects of all regions. A project belongs to the
        region whose name it has, or begins with, followed by an underscore.
    type: list
    elements: str
  endpoints:
    description:
      - Addresses of the Cloud Firewall service by region, where they are not C(https://cfw.REGION.myhuaweicloud.com), instead of O(endpoint).
    type: dict
  project_ids:
    description:
      - The IDs of the projects to look into, instead of all that the credentials may enter. O(project_id) means the same for one.
      - Constraint. 1 to 64 letters, digits, hyphens and underscores each.
    type: list
    elements: str
  project_names:
    description:
      - The names of the projects to look into, instead of all that the credentials may enter. O(project_name) means the same for one.
    type: list
    elements: str
  accounts:
    description:
      - Several accounts instead of one, each a dictionary with its C(name), and with connection options of this plugin by their names or aliases.
        Also C(regions), C(endpoints), C(project_ids) and C(project_names) are possible.
      - The key C(environment) is a dictionary of connection options and the names of the environment variables that they are taken from.
      - What an account does not say about regions, addresses, certificates, timeouts, the rate limit and the enterprise project is taken from the
        options beside O(accounts). Credentials and projects are never shared.
      - An account without credentials looks for them in the environment and so on, like everything in this collection.
    type: raw # a list of dictionaries; Ansible's own refusal of anything else would show what it holds
  hostnames:
    description:
      - Jinja2 expressions for the name of a host. The first that yields a text is taken. When it is the same for several firewalls, none of them
        has it, and the next expression is tried for all of these.
      - Characters other than letters, digits, dots, hyphens and underscores become hyphens.
    type: list
    elements: str
    default:
      - (cfw_firewall.name or 'cfw') ~ '-' ~ cfw_firewall.fw_instance_id[:8]
      - cfw_firewall.fw_instance_id
  filters:
    description:
      - Jinja2 conditions over a firewall's variables. A firewall that does not meet all of them is left out.
      - A condition over something that a firewall does not have, for example a tag, is not met; with O(strict) it is an error.
    type: list
    elements: str
    default: []
  on_unreadable:
    description:
      - What to do about projects, and accounts, that could not be read.
      - "V(fail): Fail when there is one."
      - "V(warn): Warn, state it in C(cfw_firewall_unreadable), and fail only when not a single project could be read."
      - "V(ignore): Do nothing, as if it were not there."
    type: str
    choices: [fail, warn, ignore]
    default: warn
  concurrency:
    description:
      - The most projects that are asked at the same time.
      - Constraint. An integer from V(1) to V(64).
    type: int
    default: 8
notes:
  - Values of connection options, O(accounts), O(regions), O(endpoints), O(project_ids) and O(project_names) may be templates, for example with
    P(ansible.builtin.env#lookup), or with extra variables, so that no secret needs to be in the file.
  - Ansible itself only warns when an inventory can't be made. Set C(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) to make it fail.
  - The cache is for one question. It is not used any more when connection, regions, accounts or projects in the file were changed.
seealso:
  - module: cloudaudit.huaweicloud.cfw_firewall_info
  - module: cloudaudit.huaweicloud.cfw_flow_log_archive
author:
  - The cloudaudit.huaweicloud contributors (@cloudaudit)
"""

EXAMPLES = r"""
# All firewalls of a region; credentials from the environment
plugin: cloudaudit.huaweicloud.cfw_firewall
region: cn-north-4

# Running production firewalls of two regions, in groups by region, by tag and by status
# plugin: cloudaudit.huaweicloud.cfw_firewall
# regions: [cn-north-4, ap-southeast-3]
# filters:
#   - cfw_firewall.status_text == 'running'
#   - cfw_firewall.tags.stage == 'production'
# keyed_groups:
#   - key: cfw_firewall.region
#     prefix: region
#   - key: cfw_firewall.tags
#     prefix: tag
# groups:
#   ipv6: cfw_firewall.support_ipv6 | default(false)
# compose:
#   owner: cfw_firewall.tags.owner | default('nobody')
# cache: true
# cache_plugin: ansible.builtin.jsonfile
# cache_connection: ~/.cache/cfw

# Two accounts; no secret is in the file
# plugin: cloudaudit.huaweicloud.cfw_firewall
# region: cn-north-4
# accounts:
#   - name: production
#     environment:
#       access_key: PROD_ACCESS_KEY
#       secret_key: PROD_SECRET_KEY
#   - name: laboratory
#     regions: [cn-north-4, eu-west-101]
#     user_name: auditor
#     domain_name: example-lab
#     password: "{{ lookup('ansible.builtin.env', 'LAB_PASSWORD') }}"
# keyed_groups:
#   - key: cfw_firewall.account
#     prefix: account
"""

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError, AnsibleUndefinedVariable
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.arguments import CONNECTION
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.refusal import refused
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError, OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.firewall_survey import (
    MAX_CONCURRENCY,
    PLACES,
    SECRETS,
    Account,
    read_accounts,
    survey,
)

try:
    from ansible.template import trust_as_template

    def _no_template(text: str) -> str:
        """Nothing to do: a text is no template unless somebody vouches for it."""
        return text
except ImportError:  # ansible-core before 2.19, for which every text may be a template
    from ansible.utils.unsafe_proxy import wrap_var

    def trust_as_template(value: str) -> str:
        return value

    def _no_template(text: str) -> str:
        return wrap_var(text) if "{" in text else text


# The Python that has the collection's requirements: Ansible's own, wherever this inventory will be used.
_INTERPRETER = "{{ ansible_playbook_python }}"
_UNREADABLE = "cfw_firewall_unreadable"  # the variable of the group all
_NOT_IN_NAMES = re.compile(r"[^\w.-]+")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    NAME = "cloudaudit.huaweicloud.cfw_firewall"

    def verify_file(self, path: str) -> bool:
        return super().verify_file(path) and path.endswith(("cfw_firewall.yml", "cfw_firewall.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        config = self._read_options(path)
        try:
            self._refuse_unknown(config)
            found = self._found(path, cache)
            for warning in found["warnings"]:
                self.display.warning(f"{self.NAME}: {warning}")
            self._populate(found["firewalls"])
            self._state_unreadable(found["unreadable"])
        except CloudAuditError as error:
            raise AnsibleParserError(f"{self.NAME}: {error}") from None

    def _read_options(self, path: str) -> Mapping[str, Any]:
        try:
            return self._read_config_data(path)
        except AnsibleError as error:
            # Ansible's message about a value of a wrong type shows the value.
            secret = next((name for name in SECRETS if f"'{name}'" in str(error)), None)
            if secret is None:
                raise
            raise AnsibleParserError(f"{self.NAME}: {secret} is not a text.") from None

    def _refuse_unknown(self, config: Mapping[str, Any]) -> None:
        """Ansible ignores options that a plugin does not have; a misspelt filter would list more than was asked for."""
        options = self.get_options()
        known = {*options, *(alias for argument in CONNECTION.values() for alias in argument.get("aliases", ()))}
        unknown = sorted(str(name) for name in set(config) - known)
        if unknown:
            raise OptionError(f"There is no option {', '.join(unknown)}.", f"Give some of {', '.join(sorted(options))}.", option=unknown[0])

    def _found(self, path: str, cache: bool) -> dict[str, Any]:
        """What the survey found, now or, with the cache, before. What could not be read counts both times."""
        accounts = read_accounts({name: self._rendered(name) for name in (*CONNECTION, *PLACES, "accounts")}, os.environ)
        concurrency = self.get_option("concurrency")
        if not 1 <= concurrency <= MAX_CONCURRENCY:
            raise refused("concurrency", concurrency, "is not possible", f"an integer from 1 to {MAX_CONCURRENCY}")
        if not self.get_option("cache"):
            found = survey(accounts, concurrency)._asdict()
            self._judge(found)
            return found
        key = f"{self.get_cache_key(path)}_{_fingerprint(accounts)}"
        cached = self._cache.get(key) if cache else None
        found = survey(accounts, concurrency)._asdict() if cached is None else cached
        self._judge(found)  # before it is cached: a failure is not worth keeping
        if cached is None:
            self._cache[key] = found
        return found

    def _rendered(self, name: str) -> Any:
        """An option of the file, templates filled in. The message about a template that fails shows no value, it may be a secret."""
        self.templar.available_variables = self._vars
        try:
            return self.templar.template(self.get_option(name))
        except AnsibleUndefinedVariable as error:
            why = " ".join(str(error).split()) if name != "accounts" else _undefined_in(error)
            raise OptionError(f"{name} can't be templated: {why}.", "Define the variable, for example with -e.", option=name) from None
        except AnsibleError as error:
            raise OptionError(f"{name} can't be templated ({type(error).__name__}).", "Correct its template.", option=name) from None

    def _judge(self, found: Mapping[str, Any]) -> None:
        unreadable, choice = found["unreadable"], self.get_option("on_unreadable")
        if not unreadable or choice == "ignore":
            return
        names = ", ".join(f"{entry['project_name'] or entry['project_id'] or 'all projects'} of account {entry['account']}" for entry in unreadable)
        message = f"{len(unreadable)} of {found['asked']} projects could not be read: {names}. The first one: {unreadable[0]['error']}"
        if choice == "fail" or len(unreadable) == found["asked"]:
            raise CloudAuditError(message, "Correct that, or set on_unreadable.")
        self.display.warning(f"{self.NAME}: {message}")

    def _state_unreadable(self, entries: list[dict[str, Any]]) -> None:
        """For the playbooks, which judge it: on the screen of a job it is a warning that nobody reads."""
        if self.get_option("on_unreadable") == "ignore":
            entries = []
        stated = [
            {
                "project_id": entry["project_id"] or "",
                "project_name": entry["project_name"] or entry["project_id"] or f"All projects of the account {entry['account']}",
                "account": entry["account"],
                "error": entry["error"],
            }
            for entry in entries
        ]
        before = self.inventory.groups["all"].vars.get(_UNREADABLE, [])  # of another file of this plugin
        self.inventory.set_variable("all", _UNREADABLE, before + _untrusted(stated))

    def _populate(self, firewalls: list[dict[str, Any]]) -> None:
        hosts = [_variables(firewall) for firewall in firewalls]
        hosts = [variables for variables in hosts if self._passes(variables)]
        strict = self.get_option("strict")
        for name, variables in zip(self._names(hosts), hosts):
            self.inventory.add_host(name)
            for variable, value in variables.items():
                self.inventory.set_variable(name, variable, value)
            self._set_composite_vars(self.get_option("compose"), variables, name, strict)
            self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict)
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict)

    def _passes(self, variables: dict[str, Any]) -> bool:
        for expression in self.get_option("filters"):
            met = self._evaluated("filters", expression, variables)
            try:
                if met is None or not boolean(met):
                    return False
            except TypeError:
                raise refused("filters", str(expression), f"yields {met!r}", "conditions that are true or false") from None
        return True

    def _names(self, hosts: list[dict[str, Any]]) -> list[str]:
        """A name for each host, the same whatever the order in which the service lists them."""
        names: dict[int, str] = {}
        for expression in self.get_option("hostnames"):
            candidates = {}
            for number, variables in enumerate(hosts):
                text = self._evaluated("hostnames", expression, variables) if number not in names else None
                if isinstance(text, str) and text.strip():
                    candidates[number] = _NOT_IN_NAMES.sub("-", text.strip())
            claims = Counter([*candidates.values(), *names.values()])
            names.update({number: name for number, name in candidates.items() if claims[name] == 1})
        for number, variables in enumerate(hosts):
            if number not in names:
                raise OptionError(
                    f"hostnames gives no name of its own to the firewall {variables['cfw_firewall']['fw_instance_id']}.",
                    "Add cfw_firewall.fw_instance_id at the end.",
                    option="hostnames",
                )
        return [names[number] for number in range(len(hosts))]

    def _evaluated(self, option: str, expression: str, variables: dict[str, Any]) -> Any:
        """What an expression yields; None where a firewall has not what it is about, unless that is to be an error."""
        try:
            return self._compose(trust_as_template(expression), variables)
        except AnsibleUndefinedVariable as error:
            if self.get_option("strict"):
                raise _bad_expression(option, expression, error) from None
            return None
        except AnsibleError as error:
            raise _bad_expression(option, expression, error) from None


def _variables(firewall: dict[str, Any]) -> dict[str, Any]:
    """The variables of a firewall's host."""
    target = {name: firewall[name] for name in ("project_id", "fw_instance_id", "region", "endpoint", "name") if firewall[name] is not None}
    found = {
        "cfw_firewall": firewall,
        "cfw_flow_log_archive_firewalls": [target],
    }
    ours = {"ansible_connection": trust_as_template("local"), "ansible_python_interpreter": trust_as_template(_INTERPRETER)}
    return {**_untrusted(found), **ours}


def _untrusted(value: Any) -> Any:
    """The same value, in which no text of the service is ever taken for a template."""
    if isinstance(value, Mapping):
        return {name: _untrusted(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_untrusted(item) for item in value]
    return _no_template(value) if isinstance(value, str) else value


def _fingerprint(accounts: list[Account]) -> str:
    """What tells the questions apart that one file may ask over time; secrets have no part in it."""
    text = json.dumps([account.public() for account in accounts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _undefined_in(error: Exception) -> str:
    """Of a message that may hold secrets only the name of the variable that is missing, where it has one."""
    named = re.search(r"'([A-Za-z_]\w*)' is undefined", str(error))
    return f"the variable {named[1]} is undefined" if named else "a variable in it is undefined"


def _bad_expression(option: str, expression: str, error: Exception) -> OptionError:
    return refused(option, str(expression), f"can't be evaluated ({' '.join(str(error).split())})", "a Jinja2 expression without braces")
