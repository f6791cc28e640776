# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a plugin's documentation together with its fragments, as ansible-doc does."""

from __future__ import annotations

from typing import Any

import yaml
from ansible_collections.cloudaudit.huaweicloud.plugins.doc_fragments import archive, attributes, audit, connection, flow_log_query, progress

FRAGMENTS = {
    "archive": archive,
    "attributes": attributes,
    "audit": audit,
    "connection": connection,
    "flow_log_query": flow_log_query,
    "progress": progress,
}


def documented(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options and attributes of a documentation, those of its fragments included."""
    document = yaml.safe_load(text)
    options: dict[str, Any] = {}
    attributes_: dict[str, Any] = {}
    for name in document["extends_documentation_fragment"]:
        fragment, _dot, variant = name.replace("cloudaudit.huaweicloud.", "").partition(".")
        part = yaml.safe_load(getattr(FRAGMENTS[fragment].ModuleDocFragment, variant.upper() or "DOCUMENTATION"))
        assert not set(options) & set(part.get("options", {}))
        options.update(part.get("options", {}))
        for attribute, keys in part.get("attributes", {}).items():
            attributes_.setdefault(attribute, {}).update(keys)
    options.update(document.get("options", {}))
    for attribute, keys in document.get("attributes", {}).items():
        attributes_.setdefault(attribute, {}).update(keys)
    return options, attributes_
