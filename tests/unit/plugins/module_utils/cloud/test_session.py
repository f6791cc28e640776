# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session against a scripted server on loopback: what is retried, what is not, and what the errors say."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud import reply as reply_module
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.credentials import resolve
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.reply import Reply
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import (
    BadRequest,
    CloudAuditError,
    Forbidden,
    Interrupted,
    NotFound,
    OptionError,
    ServerError,
    Throttled,
    TransportError,
    Unauthorized,
)
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.cloud.loopback import Answer, Asked, serve

KEYS = {"access_key": "AKAKAKAKAKAKAKAK1234", "secret_key": "a-secret-key", "region": "cn-north-4"}


def session(url: str, stop: threading.Event | None = None, **options: Any) -> Session:
    settings = {**KEYS, "endpoint": url, "auth_url": url, "project_id": "p1", "timeout": 5, "retry_timeout": 20, **options}
    return Session(resolve(settings, {}), settings, stop)


def get(opened: Session, **params: Any) -> Reply:
    return opened.send("GET", opened.base_url("cfw"), "/v1/p1/cfw/logs/flow", project_id="p1", params=params or None)


def script(*answers: Answer) -> Callable[[Asked], Answer]:
    """These answers one after another, the last one for ever."""
    waiting = list(answers)
    return lambda asked: waiting.pop(0) if len(waiting) > 1 else waiting[0]


OK = Answer(body={"data": {"records": []}})
HTML = Answer(body=b"<html><body>Please log in</body></html>", headers={"Content-Type": "text/html"})


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def cut(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"data":')


def cut_chunked(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"data":\r\n')


def cut_gzip(connection: socket.socket) -> None:
    body = gzip.compress(json.dumps({"data": list(range(500))}).encode())[:-9]
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


def cut_without_length(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.0 200 OK\r\n\r\n{"data": [{"a": 1}')


def test_what_goes_out() -> None:
    with serve(script(OK)) as server:
        with_params = session(server.url)
        reply = get(with_params, limit=10, dst_host="ü a+b&c", offset=None, flag=True, tags=["b", "a"])
        asked = server.asked[0]
    assert reply.json() == {"data": {"records": []}}
    assert asked.path == "/v1/p1/cfw/logs/flow"
    assert asked.query["dst_host"] == "ü a+b&c" and asked.query["flag"] == "true" and "offset" not in asked.query
    assert asked.headers["X-Project-Id"] == "p1"
    assert asked.headers["Accept-Encoding"] == "gzip"
    assert asked.headers["Authorization"].startswith("SDK-HMAC-SHA256 Access=AKAKAKAKAKAKAKAK1234, SignedHeaders=host;x-project-id;x-sdk-date,")


def test_a_body_is_sent_as_signed_json() -> None:
    with serve(script(OK)) as server:
        opened = session(server.url)
        opened.send("POST", server.url, "/v1/p1/firewalls/list", project_id="p1", json={"key_word": "ü", "limit": 1024})
        assert server.asked[0].body == '{"key_word":"ü","limit":1024}'.encode()
        assert "content-type;host" in server.asked[0].headers["Authorization"]


def test_connections_are_reused() -> None:
    with serve(script(OK)) as server:
        opened = session(server.url)
        for _unused in range(5):
            get(opened)
        assert len({asked.client for asked in server.asked}) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(429, {"error_code": "APIG.0308", "error_msg": "policy user over ratelimit,limit:200,time:1 second"}),
        Answer(500, {"error_code": "CFW.00500001", "error_msg": "internal error"}),
        Answer(502, b"<html>Bad Gateway</html>"),
        Answer(503, b""),
        Answer(504, b"timeout"),
        HTML,
        Answer(200, b""),
        Answer(raw=reset),
        Answer(raw=cut),
        Answer(raw=cut_chunked),
        Answer(raw=cut_gzip),
        Answer(raw=cut_without_length),
        Answer(200, b"not gzip", {"Content-Encoding": "gzip"}),
    ],
    ids=["429", "500", "502", "503", "504", "html", "empty", "reset", "cut", "cut-chunked", "cut-gzip", "cut-unsized", "bad-gzip"],
)
def test_what_can_pass_is_tried_again(trouble: Answer) -> None:
    with serve(script(trouble, OK)) as server:
        opened = session(server.url)
        assert get(opened).json() == {"data": {"records": []}}
        assert (opened.counters.requests, opened.counters.retries) == (2, 1)
        assert opened.counters.throttled == (1 if trouble.status == 429 else 0)


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (Answer(400, {"error_code": "CFW.00500002", "error_msg": "time range error"}), BadRequest, "CFW.00500002"),
        (Answer(400, {"error_code": "00500002", "error_msg": "time range error"}), BadRequest, "time range error"),
        (Answer(400, {"error_code": "CFW.00500002", "error_msg": "the firewall instance does not exist"}), BadRequest, "cfw_firewall_info lists the IDs"),
        (Answer(401, {"error_code": "APIG.0301", "error_msg": "Incorrect IAM authentication information"}), Unauthorized, "the task's options"),
        (Answer(401, {"error": {"code": 401, "message": "bad user", "title": "Unauthorized"}}), Unauthorized, "was refused (401): bad user"),
        (Answer(403, {"error_code": "CFW.0403", "error_msg": "no permission"}), Forbidden, "CFW ReadOnlyAccess"),
        (Answer(404, {"error_code": "APIG.0101", "error_msg": "The API does not exist"}), NotFound, "region"),
        (Answer(409, {"error_code": "X", "error_msg": "conflict"}), CloudAuditError, "conflict"),
        (Answer(403, b"<html>blocked by\x1b[31m policy</html>"), Forbidden, "blocked by"),
    ],
)
def test_what_cannot_pass_fails_at_once(answer: Answer, kind: type[CloudAuditError], says: str) -> None:
    with serve(script(answer._replace(headers={"X-Request-Id": "req-42"}))) as server:
        with pytest.raises(kind) as caught:
            get(session(server.url))
        assert len(server.asked) == 1
    text = str(caught.value)
    assert says in text and "req-42" in text and "\n" not in text and text.isprintable()
    assert caught.value.as_result()["request_id"] == "req-42"
    assert caught.value.as_result()["status"] == answer.status


def test_the_request_id_of_the_body_counts_too() -> None:
    with serve(script(Answer(400, {"error_code": "APIG.0201", "error_msg": "bad", "request_id": "from-body"}))) as server:
        with pytest.raises(BadRequest) as caught:
            get(session(server.url))
    assert caught.value.request_id == "from-body"


def test_giving_up_says_how_often_and_why() -> None:
    with serve(script(Answer(503, {"error_code": "CFW.1", "error_msg": "overloaded"}, {"X-Request-Id": "r"}))) as server:
        with pytest.raises(ServerError) as caught:
            get(session(server.url, retry_timeout=1.5))
        tries = len(server.asked)
    assert tries > 1
    assert f"tried {tries} times in " in str(caught.value) and "overloaded" in str(caught.value) and "support" in str(caught.value)


def test_retry_timeout_0_tries_once() -> None:
    with serve(script(Answer(503, b"x"))) as server:
        with pytest.raises(ServerError):
            get(session(server.url, retry_timeout=0))
        assert len(server.asked) == 1


def test_a_retry_after_beyond_the_budget_ends_it_at_once() -> None:
    with serve(script(Answer(503, b"x", {"Retry-After": "3600"}))) as server:
        with pytest.raises(ServerError):
            get(session(server.url))
        assert len(server.asked) == 1


def test_retry_after_is_kept() -> None:
    with serve(script(Answer(503, b"x", {"Retry-After": "1"}), OK)) as server:
        started = time.monotonic()
        get(session(server.url))
        assert time.monotonic() - started >= 1.0


def test_throttled_for_good() -> None:
    throttle = Answer(429, {"error_code": "APIGW.0308", "error_msg": "policy user over ratelimit,limit:100,time:1 second"})
    with serve(script(throttle)) as server:
        with pytest.raises(Throttled) as caught:
            get(session(server.url, retry_timeout=2))
    assert caught.value.code == "APIGW.0308" and "rate_limit" in str(caught.value)


def test_redirects_are_refused_and_credentials_stay() -> None:
    with serve(script(OK)) as elsewhere:
        with serve(script(Answer(302, b"", {"Location": elsewhere.url + "/login?next=secret"}))) as server:
            with pytest.raises(TransportError) as caught:
                get(session(server.url))
            assert len(server.asked) == 1
        assert elsewhere.asked == []
    assert elsewhere.url + "/login" in str(caught.value) and "next=" not in str(caught.value)


def test_clock_skew_is_measured_and_told() -> None:
    answer = Answer(401, {"error_code": "APIG.0303", "error_msg": "timestamp expired"}, {"Date": "Sun, 22 Nov 2020 09:00:00 GMT"})
    with serve(script(answer)) as server:
        opened = session(server.url)
        with pytest.raises(Unauthorized, match=r"clock is \d+ s ahead of the service's.*NTP"):
            get(opened)
        assert opened.clock_offset is not None and opened.clock_offset < -86_400_000


def test_the_servers_clock() -> None:
    with serve(script(Answer(body={}, headers={"Date": "Thu, 01 Jan 2032 00:00:00 GMT"}))) as server:
        opened = session(server.url)
        assert opened.clock_offset is None
        reply = get(opened)
        assert reply.server_time == 1956528000000
        assert abs(opened.now() - 1956528000500) < 2000


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    with_patience(connection, b" ")


def drip_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    with_patience(connection, b"X-A: b\r\n")


def with_patience(connection: socket.socket, piece: bytes) -> None:
    try:
        for _unused in range(100):
            connection.sendall(piece)
            time.sleep(0.1)
    except OSError:
        pass


@pytest.mark.parametrize("slow", [drip, drip_headers])
def test_a_server_that_drips_does_not_hold_us(slow: Callable[[socket.socket], None]) -> None:
    with serve(script(Answer(raw=slow))) as server:
        started = time.monotonic()
        with pytest.raises(TransportError, match="after 1 s"):
            get(session(server.url, timeout=1, retry_timeout=0))
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("slow", [drip, drip_headers])
def test_stop_ends_a_request_in_flight(slow: Callable[[socket.socket], None]) -> None:
    stop = threading.Event()
    with serve(script(Answer(raw=slow))) as server:
        threading.Timer(0.3, stop.set).start()
        started = time.monotonic()
        with pytest.raises(Interrupted):
            get(session(server.url, stop, timeout=60))
        assert time.monotonic() - started < 5


def test_stop_ends_the_wait_for_a_retry() -> None:
    stop = threading.Event()
    with serve(script(Answer(503, b"x", {"Retry-After": "100"}))) as server:
        threading.Timer(0.3, stop.set).start()
        started = time.monotonic()
        with pytest.raises(Interrupted):
            get(session(server.url, stop, retry_timeout=1000))
        assert time.monotonic() - started < 5


def test_stop_ends_the_wait_for_a_turn() -> None:
    stop = threading.Event()
    with serve(script(Answer(429, {"error_msg": "limit:1,time:1 hour"}))) as server:
        threading.Timer(0.3, stop.set).start()
        with pytest.raises(Interrupted):
            get(session(server.url, stop, retry_timeout=10_000))


def test_too_large_is_refused_and_not_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply_module, "MAX_BODY_BYTES", 1024 * 1024)
    bomb = gzip.compress(b" " * (8 * 1024 * 1024))
    with serve(script(Answer(200, bomb, {"Content-Encoding": "gzip"}))) as server:
        with pytest.raises(TransportError, match="larger than 1 MiB"):
            get(session(server.url))
        assert len(server.asked) == 1


def test_gzip_is_undone_whole() -> None:
    text = json.dumps({"data": ["ü" * 1000]}).encode()
    members = gzip.compress(text[:100]) + gzip.compress(text[100:])
    with serve(script(Answer(200, members, {"Content-Encoding": "gzip"}))) as server:
        assert get(session(server.url)).body == text


def test_64_threads() -> None:
    def answer(asked: Asked) -> Answer:
        return Answer(body={"echo": asked.query["n"]})

    with serve(answer) as server:
        opened = session(server.url, rate_limit=2000)
        with ThreadPoolExecutor(64) as pool:
            results = list(pool.map(lambda n: get(opened, n=n).json()["echo"], range(640)))
        assert results == [str(n) for n in range(640)]
        assert opened.counters.requests == 640
        assert len({asked.client for asked in server.asked}) <= 64


def test_a_turn_beyond_the_budget_is_not_waited_for() -> None:
    with serve(script(Answer(429, {"error_code": "APIG.0308", "error_msg": "limit:1,time:1 hour"}))) as server:
        started = time.monotonic()
        with pytest.raises(Throttled, match="tried once"):
            get(session(server.url, retry_timeout=5))
        assert time.monotonic() - started < 4


def test_connection_refused_names_the_host() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(TransportError, match="127.0.0.1.*refused"):
            get(session(url, retry_timeout=0))


def test_an_unknown_name_fails_at_once() -> None:
    started = time.monotonic()
    with pytest.raises(TransportError, match="region"):
        get(session("https://cfw.nowhere.invalid", retry_timeout=0))
    assert time.monotonic() - started < 15


def test_base_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = session("https://cfw.example", auth_url="https://iam.example/v3")
    assert opened.base_url("iam") == "https://iam.example"
    assert opened.base_url("cfw") == "https://cfw.example"
    assert opened.base_url("cfw", region="cn-north-4") == "https://cfw.example"
    assert opened.base_url("cfw", region="eu-west-101") == "https://cfw.eu-west-101.myhuaweicloud.eu"
    assert opened.base_url("cfw", endpoint="https://other.example/") == "https://other.example"
    monkeypatch.setenv("HW_CFW_ENDPOINT", "https://environment.example")
    assert opened.base_url("cfw") == "https://cfw.example"
    assert session("").base_url("cfw") == "https://environment.example"
    monkeypatch.delenv("HW_CFW_ENDPOINT")
    nothing = session("", region=None, auth_url=None)
    with pytest.raises(OptionError, match="region"):
        nothing.base_url("cfw")


@pytest.mark.parametrize("project_id", ["a/b", "../x", "", "x" * 65, "a\r\nX-Evil: 1", "ä"])
def test_ids_that_could_leave_their_place_are_refused(project_id: str) -> None:
    opened = session("http://127.0.0.1:9")
    with pytest.raises(OptionError, match="project_id"):
        opened.send("GET", "http://127.0.0.1:9", "/v1", project_id=project_id)


def projects(asked: Asked) -> Answer:
    known = [{"id": "id-of-eu", "name": "eu-west-101"}, {"id": "id-of-app", "name": "eu-west-101_app"}]
    return Answer(body={"projects": [one for one in known if one["name"] == asked.query["name"]]})


def test_a_project_is_found_by_name_or_by_region() -> None:
    with serve(projects) as server:
        assert session(server.url, project_id=None, project_name="eu-west-101_app").project_id() == "id-of-app"
        by_region = session(server.url, project_id=None, region="eu-west-101")
        assert by_region.project_id() == "id-of-eu"
        assert by_region.project_id() == "id-of-eu"
        assert len(server.asked) == 2
        with pytest.raises(NotFound, match="project_name"):
            session(server.url, project_id=None, project_name="none").project_id()


def test_a_token_in_hand_is_sent_and_not_renewed() -> None:
    with serve(script(Answer(401, {"error_code": "APIG.0301", "error_msg": "token expired"}))) as server:
        settings = {"auth_token": "the-token", "endpoint": server.url}
        with pytest.raises(Unauthorized):
            get(Session(resolve(settings, {}), settings))
        assert [asked.headers["X-Auth-Token"] for asked in server.asked] == ["the-token"]


def test_loopback_requests_use_no_proxy_and_no_netrc(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login evil password evil\n", encoding="utf-8")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serve(script(OK)) as server:
        get(session(server.url))
        assert server.asked[0].headers["Authorization"].startswith("SDK-HMAC-SHA256 ")
        settings = {"auth_token": "the-token", "endpoint": server.url}
        get(Session(resolve(settings, {}), settings))
        assert "Authorization" not in server.asked[1].headers


def test_proxies_of_the_environment_are_used_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as proxy:
        proxy.bind(("127.0.0.1", 0))
        proxy.listen()
        seen: list[bytes] = []

        def refuse() -> None:
            connection = proxy.accept()[0]
            seen.append(connection.recv(4096))
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            connection.close()

        thread = threading.Thread(target=refuse, daemon=True)
        thread.start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://who:proxy-password@127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.setenv("https_proxy", f"http://who:proxy-password@127.0.0.1:{proxy.getsockname()[1]}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(TransportError, match="proxy") as caught:
            get(session("https://cfw.example.invalid"))
        thread.join(5)
    assert seen[0].startswith(b"CONNECT cfw.example.invalid:443")
    assert b"SDK-HMAC" not in seen[0]
    assert "proxy-password" not in str(caught.value)
