# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only door to the network: authorised requests, paced, tried again while that can help, with errors that tell.

A Session is used by up to 64 threads at once. It never follows redirects, never reads ``.netrc`` or
``REQUESTS_CA_BUNDLE``, and uses the environment's proxies for anything but loopback.
"""

from __future__ import annotations

import json as json_library
import os
import re
import ssl
import threading
import time
from typing import Any, Mapping, NamedTuple
from urllib.parse import urlsplit

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud import connection_options, endpoints, refusals
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.clock import ServerClock
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.failures import failure
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.http_library import requests, require, urllib3
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.identity import DOMAIN, Credentials, Scope
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.pacing import Pace, pace_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.redaction import redact
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.reply import Reply, one_line, receive
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.retry import RETRIED_STATUS, Budget, retry_after_seconds
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.signing import canonical_query, encode_path
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.waits import Waits
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.watchdog import Watchdog, WatchedAdapter
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import (
    CloudAuditError,
    Interrupted,
    OptionError,
    Throttled,
    TransportError,
)

THREADS = 64
_CONNECT_SECONDS = 10.0
_SAFE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "Connection": "keep-alive", "User-Agent": "ansible-cloudaudit.huaweicloud"}


class Counters:
    """How many requests went out, how many of them were repetitions, how many were answered with 429."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests = 0
        self.retries = 0
        self.throttled = 0

    def add(self, requests: int = 0, retries: int = 0, throttled: int = 0) -> None:
        with self._lock:
            self.requests += requests
            self.retries += retries
            self.throttled += throttled


class _Call(NamedTuple):
    method: str
    base_url: str
    path: str
    target: str
    body: bytes | None
    scope: Scope
    authorised: bool


class _Failed(NamedTuple):
    """One try that brought no success: why, whether it can pass, and how long the service wants us to wait."""

    error: CloudAuditError
    can_pass: bool
    retry_after: float | None = None


class Session:
    def __init__(self, credentials: Credentials, options: Mapping[str, Any], stop: threading.Event | None = None) -> None:
        """``options`` are the connection options; those not set are taken from the environment and the credentials' settings.

        ``stop`` set from another thread or a signal handler ends every wait and every request with Interrupted.
        Raises OptionError for options that can't be used. Touches no network.
        """
        require()
        self._credentials = credentials
        self._options = connection_options.settle(options, os.environ, credentials.settings)
        self._stop = stop if stop is not None else threading.Event()
        self._clock = ServerClock()
        self._watchdog = Watchdog(self._stop)
        self._adapter = WatchedAdapter(pool_connections=8, pool_maxsize=THREADS)
        self._verify: bool | str = self._options["validate_certs"] and (self._checked_ca_path() or True)
        self._proxies: dict[str, dict[str, str]] = {}
        self._project_lock = threading.Lock()
        self._project_id: str | None = self._options["project_id"]
        if self._project_id is not None:
            _check_id("project_id", self._project_id)
        for option in ("endpoint", "auth_url"):
            if self._options[option] is not None:
                endpoints.from_url(self._options[option], option)
        if self._options["region"] is not None:
            endpoints.for_region("iam", self._options["region"])
        self.counters = Counters()
        self._waits = Waits()
        self._paces: dict[str, Pace] = {}

    def __repr__(self) -> str:
        return f"Session({self._credentials!r})"

    @property
    def principal(self) -> str:
        """Who asks, for evidence; not a secret."""
        return self._credentials.principal

    @property
    def region(self) -> str | None:
        return self._options["region"]

    @property
    def rate_limit(self) -> float | None:
        """The user's bound in requests a second."""
        return self._options["rate_limit"]

    @property
    def enterprise_project_id(self) -> str | None:
        return self._options["enterprise_project_id"]

    @property
    def clock_offset(self) -> int | None:
        """Server's clock minus the local one in ms, to about half a second; None before the first answer."""
        return self._clock.offset

    def now(self) -> int:
        """Epoch ms by the server's clock."""
        return self._clock.now()

    def waits(self) -> list[str]:
        """What requests wait for at this moment, each thing once; empty while all goes well."""
        pauses = [(base_url, pace.resumes_in()) for base_url, pace in sorted(self._paces.copy().items())]
        throttled = [f"throttled by {_host(base_url)} for {seconds:.0f} s" for base_url, seconds in pauses if seconds >= 0.5]
        return throttled + self._waits.texts()

    def base_url(self, service: str, region: str | None = None, endpoint: str | None = None) -> str:
        """The address of ``cfw`` or ``iam``: the argument, else the option (for its own region), else by region.

        IAM is one for the account: ``auth_url`` holds for every region. Raises OptionError when nothing tells.
        """
        if endpoint:
            return endpoints.from_url(endpoint, "endpoint")
        if service == "iam" and self._options["auth_url"]:
            return endpoints.iam_from_url(self._options["auth_url"], "auth_url")
        own_region = self._options["region"]
        if service == "cfw" and self._options["endpoint"] and (not region or not own_region or region == own_region):
            return endpoints.from_url(self._options["endpoint"], "endpoint")
        where = region or own_region
        if not where:
            option = "auth_url" if service == "iam" else "endpoint"
            message = f"The address of {service.upper()} is not known: neither region nor {option} is set."
            raise OptionError(message, f"Set region or {option}.", option="region")
        return endpoints.for_region(service, where)

    def project_id(self) -> str:
        """The project's ID: the option, else looked up by ``project_name``, else by the region's own project.

        Raises OptionError when none of the three is set, NotFound when there is no such project.
        """
        with self._project_lock:
            if self._project_id is None:
                name = self._options["project_name"] or self._options["region"]
                if not name:
                    raise OptionError("No project is known.", "Set project_id, project_name or region.", option="project_id")
                found = self._credentials.project_id_of(name, self)
                _check_id("project_id", found)
                self._project_id = found
            return self._project_id

    def send(
        self,
        method: str,
        base_url: str,
        path: str,
        *,
        project_id: str | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
    ) -> Reply:
        """Send an authorised request and return its successful answer (2xx, complete, JSON).

        ``path`` is not encoded yet. ``params`` with the value None are left out; lists repeat the name. ``project_id``
        is the scope of the authorisation; without it the call is about the account. Raises ApiError's kinds for
        refusals, TransportError when there was no usable answer, Interrupted when stopping was asked for.
        """
        scope = Scope("project_id", _check_id("project_id", project_id)) if project_id is not None else self._own_scope()
        return self._run(self._call(method, base_url, path, params, json, scope, authorised=True))

    def send_unauthorised(self, method: str, base_url: str, path: str, *, json: Any = None) -> Reply:
        """As ``send``, without credentials: for the call that obtains them."""
        return self._run(self._call(method, base_url, path, None, json, DOMAIN, authorised=False))

    def _own_scope(self) -> Scope:
        """For calls about the account: the project that was chosen will do where there is one."""
        if self._options["project_id"]:
            return Scope("project_id", self._options["project_id"])
        if self._options["project_name"]:
            return Scope("project_name", self._options["project_name"])
        return DOMAIN

    def _call(self, method: str, base_url: str, path: str, params: Mapping[str, Any] | None, json: Any, scope: Scope, authorised: bool) -> _Call:
        target = encode_path(path)
        pairs = [
            (name, _text(one)) for name, value in (params or {}).items() for one in (value if isinstance(value, (list, tuple)) else [value]) if one is not None
        ]
        if pairs:
            target += "?" + canonical_query(pairs)
        body = None if json is None else json_library.dumps(json, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        return _Call(method, base_url, path, target, body, scope, authorised)

    def _run(self, call: _Call) -> Reply:
        pace = self._paces[call.base_url] = pace_of(call.base_url, self._credentials.principal)
        pace.bound_to(self._options["rate_limit"])
        budget = Budget(self._options["retry_timeout"])
        renewed = False
        failed = _Failed(TransportError("No request was sent."), can_pass=True)
        while True:
            slot = pace.wait(self._stop, budget.patience)
            if slot is None:
                raise self._given_up(call, budget, failed)
            budget.count_try()
            request = self._prepare(call)
            proof = self._credentials.authorise(request, call.scope, self) if call.authorised else ""
            self.counters.add(requests=1, retries=1 if budget.tries > 1 else 0)
            outcome = self._attempt(call, request)
            if isinstance(outcome, Reply) and outcome.status == 429:
                self.counters.add(throttled=1)
                retry_after = retry_after_seconds(outcome.headers.get("Retry-After"), self.now())
                pace.throttled(slot, refusals.stated(outcome).message, retry_after)
            else:
                pace.succeeded(slot)
            if isinstance(outcome, Reply) and 200 <= outcome.status < 300 and outcome.looks_like_json():
                return outcome
            failed = self._judge(call, outcome) if isinstance(outcome, Reply) else outcome
            if isinstance(outcome, Reply) and outcome.status == 401 and call.authorised and not renewed:
                renewed = True
                if self._credentials.renew(proof, call.scope, self):
                    continue
            self._wait_or_raise(call, budget, failed)

    def _prepare(self, call: _Call) -> requests.PreparedRequest:
        request = requests.PreparedRequest()
        request.method = call.method
        request.url = call.base_url + call.target
        request.headers = requests.structures.CaseInsensitiveDict(_HEADERS)
        request.headers["Host"] = urlsplit(call.base_url).netloc
        request.hooks = requests.hooks.default_hooks()
        request.body = call.body
        if call.body is not None:
            request.headers["Content-Type"] = "application/json"
            request.headers["Content-Length"] = str(len(call.body))
        return request

    def _attempt(self, call: _Call, request: requests.PreparedRequest) -> Reply | _Failed:
        timeout = self._options["timeout"]
        proxies = self._proxies_for(call.base_url)
        sent = time.time() * 1000
        with self._watchdog.attempt(timeout) as attempt, self._waits.for_answer(_host(call.base_url)):
            try:
                response = self._adapter.send(request, stream=True, timeout=(min(_CONNECT_SECONDS, timeout), timeout), verify=self._verify, proxies=proxies)
                received = time.time() * 1000
                try:
                    reply = receive(response, self._redact)
                except BaseException:
                    response.close()
                    raise
            except TransportError as error:
                failed = _Failed(error, can_pass="too_large" not in error.details)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                failed = _Failed(*failure(error, call.base_url, bool(proxies)))
            else:
                if reply.server_time is not None:
                    self._clock.observe(reply.server_time, sent, received)
                return reply
        if attempt.cut == "stop":
            raise Interrupted(f"Stopped during {call.method} {call.path}.")
        if attempt.cut == "timeout":
            message = f"{urlsplit(call.base_url).hostname} had not answered completely after {timeout:g} s."
            return _Failed(TransportError(message, "Set timeout higher, or ask for less at once."), can_pass=True)
        return failed

    def _judge(self, call: _Call, reply: Reply) -> _Failed:
        """Why an answer is not a success."""
        if 200 <= reply.status < 300:
            return _Failed(reply.not_json(), can_pass=True)
        if 300 <= reply.status < 400:
            return _Failed(self._redirected(call, reply), can_pass=False)
        skew = self._clock.offset
        error = refusals.error_of(reply, refusals.stated(reply), f"{call.method} {call.path}", self._credentials.source, skew)
        retry_after = retry_after_seconds(reply.headers.get("Retry-After"), self.now())
        return _Failed(error, reply.status in RETRIED_STATUS, retry_after)

    def _redirected(self, call: _Call, reply: Reply) -> TransportError:
        where = self._redact(one_line(reply.headers.get("Location", "").split("?")[0].rpartition("@")[2], 120)) or "nowhere"
        return TransportError(
            f"{call.method} {call.path} was redirected to {where}; redirects are not followed, credentials would go along.",
            "Set endpoint or auth_url to the service's own address; a login page in between belongs to a proxy.",
            status=reply.status,
            request_id=reply.request_id,
        )

    def _wait_or_raise(self, call: _Call, budget: Budget, failed: _Failed) -> None:
        if not failed.can_pass:
            raise failed.error
        wait = budget.next_wait(failed.retry_after)
        if wait is None:
            raise self._given_up(call, budget, failed)
        if isinstance(failed.error, Throttled):
            return  # the pace says when it is time; a wait of our own would only leave the limit unused
        status = getattr(failed.error, "status", None)
        with self._waits.for_next_try(f"{_host(call.base_url)} {f'answered {status}' if status else 'gave no usable answer'}", wait):
            stopped = self._stop.wait(wait)
        if stopped:
            raise Interrupted(f"Stopped while waiting to repeat {call.method} {call.path}.")

    def _given_up(self, call: _Call, budget: Budget, failed: _Failed) -> CloudAuditError:
        error = failed.error
        times = "once" if budget.tries == 1 else f"{budget.tries} times in {budget.elapsed:.0f} s"
        error.message = f"{call.method} {call.path} was tried {times} without success. {error.message}"
        return error

    def _proxies_for(self, base_url: str) -> dict[str, str]:
        known = self._proxies.get(base_url)
        if known is None:
            loopback = endpoints.is_loopback(urlsplit(base_url).hostname)
            known = self._proxies[base_url] = {} if loopback else dict(requests.utils.get_environ_proxies(base_url, no_proxy=None))
        return known

    def _checked_ca_path(self) -> str | None:
        path = self._options["ca_path"]
        if path is None:
            return None
        where = os.path.expanduser(path)
        try:
            ssl.create_default_context(**({"capath": where} if os.path.isdir(where) else {"cafile": where}))
        except (OSError, ssl.SSLError):
            raise OptionError(f"The CA file {where} can't be read or holds no certificates.", "Correct ca_path.", option="ca_path", value=where) from None
        return where

    def _redact(self, text: str) -> str:
        return redact(text, self._credentials.secrets())


def _host(base_url: str) -> str:
    return urlsplit(base_url).hostname or base_url


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _check_id(option: str, value: str) -> str:
    """IDs become part of paths and headers."""
    if not _SAFE_ID.fullmatch(value):
        raise OptionError(f"{option} {value!r} is not an ID.", "IDs have 1 to 64 letters, digits, '-' and '_'.", option=option, value=value)
    return value
