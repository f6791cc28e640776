# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python that lacks requests: what is imported can be, and what needs the cloud says what to install."""

from __future__ import annotations

import importlib.util
import sys

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud import http_library
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import DependencyError


@pytest.mark.parametrize("missing", ["requests", "urllib3"])
def test_what_is_missing_is_named_when_it_is_needed(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    spec = importlib.util.spec_from_file_location("http_library_again", http_library.__file__)
    again = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(again)
    with pytest.raises(DependencyError, match=r"'requests' is missing; it is needed to talk to the cloud\..*pip install requests"):
        again.require()
