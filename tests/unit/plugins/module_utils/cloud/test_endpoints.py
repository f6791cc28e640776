# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud import endpoints
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError


@pytest.mark.parametrize(
    ("service", "region", "url"),
    [
        ("cfw", "cn-north-4", "https://cfw.cn-north-4.myhuaweicloud.com"),
        ("iam", "eu-west-101", "https://iam.eu-west-101.myhuaweicloud.eu"),
        ("cfw", "eu-de", "https://cfw.eu-de.otc.t-systems.com"),
    ],
)
def test_by_region(service: str, region: str, url: str) -> None:
    assert endpoints.for_region(service, region) == url


@pytest.mark.parametrize("region", ["evil.example/", "a b", "cn-north-4.evil.example", "", "-a", "A#", "x" * 64, "cn_north"])
def test_no_region_leads_elsewhere(region: str) -> None:
    with pytest.raises(OptionError, match="region"):
        endpoints.for_region("cfw", region)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://cfw.example", "https://cfw.example"),
        ("https://cfw.example/", "https://cfw.example"),
        ("https://CFW.Example:8443/gate//", "https://cfw.example:8443/gate"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost/", "http://localhost"),
        ("http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_given_addresses(given: str, used: str) -> None:
    assert endpoints.from_url(given, "endpoint") == used


@pytest.mark.parametrize(
    "given",
    [
        "http://cfw.example",
        "http://127.0.0.1.evil.example",
        "http://10.0.0.1",
        "ftp://cfw.example",
        "cfw.example",
        "https://",
        "https://cfw.example?x=1",
        "https://cfw.example/#x",
        "https://cfw.exa mple",
        "https://cfw.example:port",
        "https://[::1",
        "//cfw.example",
    ],
)
def test_refused_addresses(given: str) -> None:
    with pytest.raises(OptionError) as caught:
        endpoints.from_url(given, "endpoint")
    assert caught.value.details["option"] == "endpoint"
    assert "\n" not in str(caught.value)


def test_user_information_is_refused_and_not_shown() -> None:
    with pytest.raises(OptionError) as caught:
        endpoints.from_url("https://user:hunter2@cfw.example", "endpoint")
    assert "hunter2" not in str(caught.value) + repr(caught.value.details)


@pytest.mark.parametrize("given", ["https://iam.example/v3", "https://iam.example/v3/", "https://iam.example/v3.0", "https://iam.example"])
def test_the_version_at_the_end_of_auth_url_is_ours_to_write(given: str) -> None:
    assert endpoints.iam_from_url(given, "auth_url") == "https://iam.example"
