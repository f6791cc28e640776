# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx builds the documentation; tests/docs.sh runs it. Every warning is an error there, and it needs no network.

Links into Ansible's own documentation are made here, for what the installed ansible-core has, and not from an inventory that is
downloaded at each build: without the network such a build would fail, or leave the links out.
"""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

from docutils import nodes  # type: ignore[import-untyped]
from sphinx.application import Sphinx

project = "cloudaudit.huaweicloud"
copyright = "2026, the cloudaudit.huaweicloud contributors"  # noqa: A001  (the name is Sphinx's)
title = html_short_title = "cloudaudit.huaweicloud"
extensions = ["sphinx_antsibull_ext"]
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
html_theme = "sphinx_ansible_theme"
html_show_sphinx = False
html_use_smartypants = True
html_use_modindex = False
html_use_index = False
html_copy_source = False
default_role = "any"
nitpicky = True

_ANSIBLE = "https://docs.ansible.com/ansible/latest/"
_SETTINGS = f"{_ANSIBLE}reference_appendices/config.html"
PLACES = {
    "action_plugins": f"{_ANSIBLE}plugins/action.html",
    "ansible_configuration_settings": _SETTINGS,
    "common_return_values": f"{_ANSIBLE}reference_appendices/common_return_values.html",
}
_PLUGIN = re.compile(r"ansible_collections\.ansible\.builtin\.(\w+)_([a-z]+)")


def address(target: str) -> str | None:
    """Where Ansible's documentation has a place; None for what the installed ansible-core knows nothing of."""
    plugin = _PLUGIN.fullmatch(target)
    if plugin:
        name, kind = plugin.groups()
        known = find_spec(f"ansible.{'modules' if kind == 'module' else f'plugins.{kind}'}.{name}")
        return f"{_ANSIBLE}collections/ansible/builtin/{name}_{kind}.html" if known else None
    variable = target.upper()
    if re.search(rf"name: {re.escape(variable)}\b", files("ansible.config").joinpath("base.yml").read_text(encoding="utf-8")):
        return f"{_SETTINGS}#envvar-{variable}"
    return PLACES.get(target)


def elsewhere(_app: Sphinx, _env: Any, node: Any, content: nodes.TextElement) -> nodes.reference | None:
    """The link of a target that is in none of these pages; None leaves it to Sphinx to complain."""
    found = address(node["reftarget"])
    return nodes.reference("", "", content, internal=False, refuri=found) if found else None


def setup(app: Sphinx) -> None:
    app.connect("missing-reference", elsewhere)
