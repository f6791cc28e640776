# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an archive's location to the store that keeps it: the only place that knows which kinds there are."""

from __future__ import annotations

import os
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.folder import FolderStore
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.interface import ObjectMissing, Store

__all__ = ("ObjectMissing", "Store", "open_store")


def open_store(location: str, **s3_options: Any) -> Store:
    """The store at C{location}: a folder, relative or with C{~}, or C{s3://bucket/prefix} with the options of the same names.

    @raise OptionError: an option of an object store is wrong or missing. @raise DependencyError: boto3 is missing.
    @raise ArchiveError: nothing given, or a kind of place that is not known.
    """
    if not location or not location.strip():
        raise ArchiveError("No archive is named.", "Name a folder, or s3://bucket/prefix.")
    if location.startswith("s3://"):
        # not before: whoever keeps archives in folders does without boto3, and without the time that it takes
        from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3 import S3Store

        return S3Store(location, s3_options)
    if "://" in location:
        raise ArchiveError(f"'{location}' is neither a folder nor an object store.", "Name a folder, or s3://bucket/prefix (OBS too is written so).")
    return FolderStore(os.path.abspath(os.path.expanduser(location)))
