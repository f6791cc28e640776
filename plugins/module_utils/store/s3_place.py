# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an archive lies in an object store: read from its location without boto3, which only those need who go there."""

from __future__ import annotations

import re
from typing import NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class Place(NamedTuple):
    """Where an archive lies in an object store. C{prefix} ends in C{/}, or is empty."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


def parse_location(location: str) -> Place:
    """C{s3://bucket/prefix}. @raise OptionError: it is not of that form."""
    bucket, _slash, prefix = location[len("s3://"):].partition("/")
    prefix = prefix.strip("/")
    if not _BUCKET.fullmatch(bucket):
        raise OptionError(f"'{location}' names no bucket.", "Write s3://bucket/prefix.", option="archive", value=location, allowed="s3://bucket/prefix")
    if any(part in ("", ".", "..") for part in prefix.split("/")) and prefix:
        raise OptionError(
            f"The prefix of '{location}' has an empty part or dots.",
            "Write s3://bucket/prefix.",
            option="archive",
            value=location,
            allowed="s3://bucket/prefix",
        )
    return Place(bucket, prefix + "/" if prefix else "")
