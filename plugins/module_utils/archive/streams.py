# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which streams an archive holds: the names of its folders say it, and no object is read for it."""

from __future__ import annotations

from typing import Iterable
from urllib.parse import quote, unquote

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DATA, EVIDENCE, Stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import Store


def find_streams(store: Store) -> list[Stream]:
    """All streams that the archive holds data or evidence of."""
    return _streams_in(store, _firewall_folders(store))


def find_streams_of(store: Store, firewalls: Iterable[tuple[str, str]]) -> tuple[list[Stream], bool]:
    """The streams of these firewalls (project_id, fw_instance_id), and whether the archive holds no other firewall's.

    Looks no further than the first other one, since asking about one firewall must not cost more the more there are beside it.
    """
    wanted = {f"project_id={quote(project, safe='')}/fw_instance_id={quote(firewall, safe='')}/" for project, firewall in firewalls}
    alone = all(folder.partition("/")[2] in wanted for folder in _firewall_folders(store))
    return _streams_in(store, (root + folder for root in (EVIDENCE, DATA) for folder in wanted)), alone


def _firewall_folders(store: Store) -> Iterable[str]:
    for root in (EVIDENCE, DATA):
        for project in store.folders(root):
            for firewall in store.folders(f"{root}{project}/"):
                yield f"{root}{project}/{firewall}/"


def _streams_in(store: Store, folders: Iterable[str]) -> list[Stream]:
    found = set()
    for folder in folders:
        for log_type in store.folders(folder):
            parts = [part.partition("=") for part in (*folder.split("/")[1:3], log_type)]
            if tuple(part[0] for part in parts) == Stream._fields and all(part[2] for part in parts):
                found.add(Stream(*(unquote(part[2]) for part in parts)))
    return sorted(found)
