# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one precedence: every way and every family is found, forced ways are forced, and halves are never combined."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud import connection_options, credentials
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError

#: no metadata service answers here, so that "nothing found" is decided without leaving the machine
NOWHERE = {"HUAWEICLOUD_METADATA_ENDPOINT": "http://127.0.0.1:9"}
ACCESS_KEY = "AKAKAKAKAKAKAKAK1234"
FILE = "[basic]\nak = FILEFILEFILE9999\nsk = file-secret\nproject_id = file-project\niam_endpoint = https://iam.file.example\n"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), **NOWHERE}


def write_default_file(environ: dict[str, str], text: str = FILE) -> None:
    folder = Path(environ["HOME"]) / ".huaweicloud"
    folder.mkdir()
    (folder / "credentials").write_text(text, encoding="utf-8")


def resolve(options: dict[str, Any], environ: dict[str, str]) -> str:
    return credentials.resolve(options, environ).principal


KEYS = {"access_key": ACCESS_KEY, "secret_key": "secret-key-value"}
PASSWORD = {"user_name": "auditor", "password": "pass-word", "domain_name": "acme"}
TOKEN = {"auth_token": "token-value"}


@pytest.mark.parametrize(
    ("options", "principal"),
    [
        (KEYS, "access key ****1234"),
        (PASSWORD, "user auditor@acme"),
        (TOKEN, "token"),
        ({**KEYS, **PASSWORD}, "access key ****1234"),
        ({**KEYS, **TOKEN}, "token"),
    ],
)
def test_options_token_before_access_key_before_password(options: dict[str, Any], principal: str, environ: dict[str, str]) -> None:
    assert resolve(options, environ) == principal


@pytest.mark.parametrize(
    ("variables", "principal"),
    [
        ({"ANSIBLE_HWC_ACCESS_KEY": ACCESS_KEY, "ANSIBLE_HWC_SECRET_KEY": "s"}, "access key ****1234"),
        ({"HW_ACCESS_KEY": ACCESS_KEY, "HW_SECRET_KEY": "s", "HW_SECURITY_TOKEN": "t"}, "access key ****1234"),
        ({"HUAWEICLOUD_SDK_AK": ACCESS_KEY, "HUAWEICLOUD_SDK_SK": "s"}, "access key ****1234"),
        ({"OS_ACCESS_KEY": ACCESS_KEY, "OS_SECRET_KEY": "s"}, "access key ****1234"),
        ({"HW_AUTH_TOKEN": "t"}, "token"),
        ({"OS_AUTH_TOKEN": "t"}, "token"),
        ({"OS_TOKEN": "t"}, "token"),
        ({"ANSIBLE_HWC_USER": "u", "ANSIBLE_HWC_PASSWORD": "p", "ANSIBLE_HWC_DOMAIN": "d"}, "user u@d"),
        ({"HW_USER_NAME": "u", "HW_USER_PASSWORD": "p", "HW_DOMAIN_NAME": "d"}, "user u@d"),
        ({"HW_USER_NAME": "u", "HW_USER_PASSWORD": "p", "HW_DOMAIN_ID": "i"}, "user u@i"),
        ({"OS_USERNAME": "u", "OS_PASSWORD": "p", "OS_USER_DOMAIN_NAME": "d"}, "user u@d"),
    ],
)
def test_every_environment_family(variables: dict[str, str], principal: str, environ: dict[str, str]) -> None:
    assert resolve({}, {**environ, **variables}) == principal


def test_families_in_their_order(environ: dict[str, str]) -> None:
    pairs = [
        ("ANSIBLE_HWC_ACCESS_KEY", "ANSIBLE_HWC_SECRET_KEY"),
        ("HW_ACCESS_KEY", "HW_SECRET_KEY"),
        ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"),
        ("OS_ACCESS_KEY", "OS_SECRET_KEY"),
    ]
    for first in range(4):
        variables = {name: f"XXXXXXXXXXXXXXXX000{index}" for index, pair in enumerate(pairs) for name in pair if index >= first}
        assert resolve({}, {**environ, **variables}) == f"access key ****000{first}"


def test_options_before_environment_before_file(environ: dict[str, str]) -> None:
    write_default_file(environ)
    assert resolve({}, environ) == "access key ****9999"
    environ.update({"OS_ACCESS_KEY": "OSOSOSOSOSOSOSOS5555", "OS_SECRET_KEY": "s"})
    assert resolve({}, environ) == "access key ****5555"
    assert resolve(KEYS, environ) == "access key ****1234"
    assert resolve({"auth_source": "file"}, environ) == "access key ****9999"


def test_a_file_named_by_the_task_comes_before_the_environment(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mine").write_text(FILE, encoding="utf-8")
    environ.update({"OS_ACCESS_KEY": "OSOSOSOSOSOSOSOS5555", "OS_SECRET_KEY": "s"})
    assert resolve({"credentials_file": str(tmp_path / "mine")}, environ) == "access key ****9999"


def test_the_files_project_and_iam_apply_last(environ: dict[str, str]) -> None:
    write_default_file(environ)
    found = credentials.resolve({}, environ)
    settled = connection_options.settle({}, environ, found.settings)
    assert (settled["project_id"], settled["auth_url"]) == ("file-project", "https://iam.file.example")
    settled = connection_options.settle({"project_name": "chosen"}, environ, found.settings)
    assert (settled["project_id"], settled["project_name"]) == (None, "chosen")


@pytest.mark.parametrize(
    ("options", "variables", "missing"),
    [
        ({"access_key": ACCESS_KEY}, {}, "secret_key"),
        ({"secret_key": "half-a-secret"}, {}, "access_key"),
        ({"access_key": ACCESS_KEY}, {"HW_SECRET_KEY": "half-a-secret"}, "secret_key"),
        ({}, {"HW_ACCESS_KEY": ACCESS_KEY, "OS_SECRET_KEY": "half-a-secret"}, "HW_SECRET_KEY"),
        ({}, {"HUAWEICLOUD_SDK_SK": "half-a-secret"}, "HUAWEICLOUD_SDK_AK"),
        ({"user_name": "u"}, {}, "password"),
        ({"password": "half-a-secret"}, {}, "user_name"),
        ({"user_name": "u", "password": "half-a-secret"}, {}, "domain"),
    ],
)
def test_halves_are_an_error_that_names_what_is_missing(options: dict[str, str], variables: dict[str, str], missing: str, environ: dict[str, str]) -> None:
    with pytest.raises(OptionError) as caught:
        credentials.resolve(options, {**environ, **variables})
    text = str(caught.value)
    assert missing in text
    assert "half-a-secret" not in text + repr(caught.value.details)
    assert ACCESS_KEY not in text + repr(caught.value.details)


@pytest.mark.parametrize("source", ["token", "access_key", "password", "file"])
def test_a_forced_way_takes_no_other(source: str, environ: dict[str, str]) -> None:
    everything: dict[str, dict[str, str]] = {"token": TOKEN, "access_key": KEYS, "password": PASSWORD, "file": {}}
    others = {name: value for way, options in everything.items() if way != source for name, value in options.items()}
    with pytest.raises(OptionError):
        credentials.resolve({**others, "auth_source": source}, environ)


def test_unknown_source(environ: dict[str, str]) -> None:
    with pytest.raises(OptionError, match="auth_source is 'magic'"):
        credentials.resolve({"auth_source": "magic"}, environ)


def test_empty_text_is_unset(environ: dict[str, str]) -> None:
    """AWX injects '' for fields that were left empty."""
    assert resolve({**KEYS, "auth_token": "", "user_name": ""}, {**environ, "HW_AUTH_TOKEN": ""}) == "access key ****1234"


def test_nothing_found_says_where_it_looked(environ: dict[str, str]) -> None:
    with pytest.raises(OptionError) as caught:
        credentials.resolve({}, environ)
    assert "HW_ACCESS_KEY" in str(caught.value) and "metadata" in str(caught.value)


@pytest.mark.parametrize("text", ["not an ini file: secret-in-a-line", "[other]\nak = x\n", "[basic]\nak = secret-in-a-line\n", "[basic\n"])
def test_a_broken_file_is_named_but_not_quoted(text: str, environ: dict[str, str]) -> None:
    write_default_file(environ, text)
    with pytest.raises(OptionError) as caught:
        credentials.resolve({}, environ)
    assert "credentials" in str(caught.value)
    assert "secret-in-a-line" not in str(caught.value)


def test_a_percent_sign_in_the_file_is_text(environ: dict[str, str]) -> None:
    write_default_file(environ, "[basic]\nak = AAAABBBBCCCC7777\nsk = a%b%(c)s\n")
    assert "a%b%(c)s" in credentials.resolve({}, environ).secrets()


def test_a_named_file_that_is_missing(environ: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="does not exist"):
        credentials.resolve({"credentials_file": str(tmp_path / "none")}, environ)


@pytest.mark.parametrize("address", ["http://10.0.0.1", "http://metadata.example", "file:///etc/passwd", "http://user@169.254.169.254", "http://[::1"])
def test_the_metadata_service_is_only_where_it_can_be(address: str, environ: dict[str, str]) -> None:
    with pytest.raises(OptionError, match="HUAWEICLOUD_METADATA_ENDPOINT"):
        credentials.resolve({"auth_source": "metadata"}, {**environ, "HUAWEICLOUD_METADATA_ENDPOINT": address})


def test_repr_shows_no_secret(environ: dict[str, str]) -> None:
    for options in (KEYS, PASSWORD, TOKEN):
        found = credentials.resolve(options, environ)
        assert not any(secret in repr(found) + str(found) + found.principal for secret in found.secrets())


def test_a_name_by_the_task_beats_an_id_of_the_environment() -> None:
    settled = connection_options.settle({"project_name": "mine"}, {"HW_PROJECT_ID": "theirs"}, {})
    assert (settled["project_id"], settled["project_name"]) == (None, "mine")
    settled = connection_options.settle({}, {"HW_PROJECT_NAME": "first", "OS_PROJECT_ID": "second"}, {})
    assert (settled["project_id"], settled["project_name"]) == (None, "first")


@pytest.mark.parametrize(
    ("options", "variables", "expected"),
    [
        ({}, {}, True),
        ({}, {"HW_INSECURE": "true"}, False),
        ({}, {"OS_INSECURE": "1"}, False),
        ({"validate_certs": True}, {"HW_INSECURE": "true"}, True),
        ({"validate_certs": False}, {}, False),
        ({}, {"HW_INSECURE": "no"}, True),
    ],
)
def test_validate_certs(options: dict[str, Any], variables: dict[str, str], expected: bool) -> None:
    assert connection_options.settle(options, variables, {})["validate_certs"] is expected


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("timeout", 0),
        ("timeout", -1),
        ("timeout", "soon"),
        ("timeout", True),
        ("timeout", float("nan")),
        ("timeout", float("inf")),
        ("retry_timeout", -1),
        ("rate_limit", 0),
        ("rate_limit", "x"),
    ],
)
def test_numbers_out_of_range(option: str, value: Any) -> None:
    with pytest.raises(OptionError) as caught:
        connection_options.settle({option: value}, {}, {})
    assert caught.value.details["option"] == option


def test_a_nonsense_switch_is_refused() -> None:
    with pytest.raises(OptionError, match="HW_INSECURE"):
        connection_options.settle({}, {"HW_INSECURE": "maybe"}, {})


def test_the_table_names_only_known_families() -> None:
    names = [name for variables in connection_options.ENVIRONMENT.values() for name in variables]
    assert len(names) == len(set(names))
    assert all(name.startswith(tuple(f"{family}_" for family in connection_options.FAMILIES)) for name in names)


def test_the_real_environment_is_the_default(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> None:
    for name in list(os.environ):
        if name.startswith(("HW_", "OS_", "HUAWEICLOUD_", "ANSIBLE_HWC_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HW_AUTH_TOKEN", "t")
    assert credentials.resolve({}).principal == "token"
