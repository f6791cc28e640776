# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor's credentials file: INI, section ``[basic]`` with ak, sk, security_token, project_id, iam_endpoint."""

from __future__ import annotations

import configparser
import os
from typing import Mapping

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError

DEFAULT_PATH = "~/.huaweicloud/credentials"
SECTION = "basic"
OPTION_OF_KEY = {
    "ak": "access_key",
    "sk": "secret_key",
    "security_token": "security_token",
    "project_id": "project_id",
    "iam_endpoint": "auth_url",
}


def read(path: str | None, environ: Mapping[str, str]) -> dict[str, str] | None:
    """Option -> value; None when no path is given and the default file is not there.

    Raises OptionError when the file can't be read or has no ``[basic]`` section. Its text is in no message: a broken
    line may be the key itself.
    """
    home = environ.get("HOME") or os.path.expanduser("~")
    asked = path or DEFAULT_PATH
    where = os.path.join(home, asked[2:]) if asked.startswith("~/") else os.path.expanduser(asked)
    parser = configparser.ConfigParser(interpolation=None)
    try:
        with open(where, encoding="utf-8") as stream:
            parser.read_string(stream.read())
    except FileNotFoundError:
        if path is None:
            return None
        raise OptionError(f"The credentials file {where} does not exist.", "Correct credentials_file.", option="credentials_file", value=where) from None
    except OSError as error:
        raise OptionError(
            f"The credentials file {where} can't be read: {error.strerror}.", "Check its owner and mode.", option="credentials_file", value=where
        ) from None
    except (configparser.Error, UnicodeDecodeError):
        raise _not_understood(where) from None
    if not parser.has_section(SECTION):
        raise _not_understood(where)
    section = parser[SECTION]
    return {option: section[key].strip() for key, option in OPTION_OF_KEY.items() if section.get(key, "").strip()}


def _not_understood(where: str) -> OptionError:
    return OptionError(
        f"The credentials file {where} is not an INI file with a section [{SECTION}].",
        f"Write the section [{SECTION}] with the lines ak = ... and sk = ...",
        option="credentials_file",
        value=where,
    )
