# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit's verdict does not say, as it was not looked at: it stands wherever the verdict stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit import words

_MORE = "Set verify (in the role: cfw_flow_log_archive_verify) to data to have them read."
_DEPTHS = {
    "none": f"Only the newest commit of each stream was read: whether earlier commits and the data are unaltered was not looked at. {_MORE}",
    "chain": f"The chain of commits was verified; the data were not read, so bytes that were changed in them are not seen. {_MORE}",
}
_ITSELF = "No list of expected firewalls was given: a firewall that was never archived is not seen."
_NO_KEYS = "no public key was given, so who wrote the commits is not shown. Set public_keys (in the role: cfw_flow_log_archive_public_keys)."


def caveats(audit: Mapping[str, Any]) -> list[str]:
    """Sentences about an answer of audit/audit.py; none for one that held all against all."""
    depth = _DEPTHS.get(audit["integrity"]["depth"])
    unchecked = audit["integrity"]["signatures"]["unchecked"]
    return [
        *([_ITSELF] if audit["scope"]["expected"] is None else []),
        *([depth] if depth else []),
        *([f"{words.count(unchecked, 'signature')} not checked: {_NO_KEYS}"] if unchecked else []),
    ]
