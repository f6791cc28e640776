# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates are checked, the CA can be given, and a TLS connection can be ended by the watchdog as well."""

from __future__ import annotations

import ssl
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.credentials import resolve
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import Interrupted, OptionError, TransportError
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.cloud.loopback import Answer, serve


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files], check=True, capture_output=True)
    return folder / "cert.pem"


def context(certificate: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, certificate.with_name("key.pem"))
    return made


def session(url: str, stop: threading.Event | None = None, **options: Any) -> Session:
    settings = {"auth_token": "a-token", "endpoint": url, "auth_url": url, "project_id": "p1", "timeout": 5, "retry_timeout": 20, **options}
    return Session(resolve(settings, {}), settings, stop)


def get(opened: Session) -> Any:
    return opened.send("GET", opened.base_url("cfw"), "/v1/x", project_id="p1").json()


def test_a_certificate_of_nobody_is_refused_at_once(certificate: Path) -> None:
    with serve(lambda asked: Answer(), tls=context(certificate)) as server:
        started = time.monotonic()
        with pytest.raises(TransportError, match="certificate.*ca_path"):
            get(session(server.url))
        assert time.monotonic() - started < 5
        assert server.asked == []


def test_the_ca_can_be_given(certificate: Path) -> None:
    with serve(lambda asked: Answer(body={"a": 1}), tls=context(certificate)) as server:
        assert get(session(server.url, ca_path=str(certificate))) == {"a": 1}


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_checking_can_be_turned_off(certificate: Path) -> None:
    with serve(lambda asked: Answer(body={"a": 1}), tls=context(certificate)) as server:
        assert get(session(server.url, validate_certs=False)) == {"a": 1}


def test_a_ca_file_that_holds_none(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing", encoding="utf-8")
    for path in (tmp_path / "ca.pem", tmp_path / "missing.pem"):
        with pytest.raises(OptionError, match="ca_path"):
            session("https://127.0.0.1", ca_path=str(path))


def drip(connection: Any) -> None:
    try:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        for _unused in range(100):
            connection.sendall(b" ")
            time.sleep(0.1)
    except OSError:
        pass


def test_drips_and_stops_over_tls(certificate: Path) -> None:
    stop = threading.Event()
    with serve(lambda asked: Answer(raw=drip), tls=context(certificate)) as server:
        started = time.monotonic()
        with pytest.raises(TransportError, match="after 1 s"):
            get(session(server.url, ca_path=str(certificate), timeout=1, retry_timeout=0))
        threading.Timer(0.3, stop.set).start()
        with pytest.raises(Interrupted):
            get(session(server.url, stop, ca_path=str(certificate), timeout=60))
        assert time.monotonic() - started < 8


def test_no_tls_where_tls_is_expected() -> None:
    with serve(lambda asked: Answer()) as server:
        with pytest.raises(TransportError, match="TLS"):
            get(session(server.url.replace("http:", "https:"), retry_timeout=0))
