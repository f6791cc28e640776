# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error family of this collection.

Rooms raise these; the doors (modules, lookups, inventories) catch CloudAuditError once and turn it into a message.
Every error says what failed, where and why (``message``) and what to do next (``hint``). ``details`` holds plain values
for machines. No message, hint or detail ever holds a key, a token or a password.
"""

from __future__ import annotations

from typing import Any


class CloudAuditError(Exception):
    """Base of everything this collection raises on purpose."""

    def __init__(self, message: str, hint: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details: dict[str, Any] = {name: value for name, value in details.items() if value is not None}

    def __str__(self) -> str:
        return " ".join(" ".join(part.split()) for part in (self.message, self.hint) if part)

    def as_result(self) -> dict[str, Any]:
        """The details as a new dict, ready to be returned beside the message by ``fail_json``."""
        return dict(self.details)


class OptionError(CloudAuditError):
    """An option is missing, contradicts another, or has a value that is not allowed. ``value`` is never a secret."""

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        option: str | None = None,
        value: Any = None,
        allowed: Any = None,
        **details: Any,
    ) -> None:
        super().__init__(message, hint, option=option, value=value, allowed=allowed, **details)


class DependencyError(CloudAuditError):
    """A Python library is missing; ``install`` is the command that installs it."""

    def __init__(self, library: str, purpose: str, install: str | None = None) -> None:
        command = install or f"pip install {library}"
        super().__init__(
            f"The Python library '{library}' is missing; it is needed {purpose}.",
            f"Install it for the Python that runs this task: {command}",
            library=library,
            install=command,
        )
        self.library = library
        self.install = command


class ApiError(CloudAuditError):
    """The service answered, and the answer is a refusal. ``code`` and ``request_id`` are the service's own."""

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message, hint, status=status, code=code, request_id=request_id, **details)
        self.status = status
        self.code = code
        self.request_id = request_id


class BadRequest(ApiError):
    """400: the service does not accept what was asked."""


class Unauthorized(ApiError):
    """401: the service does not know who asks."""


class Forbidden(ApiError):
    """403: the service knows who asks and refuses."""


class NotFound(ApiError):
    """404: nothing there; a wrong region, endpoint, project or firewall."""


class Throttled(ApiError):
    """429: too many requests, for longer than retries were allowed."""


class ServerError(ApiError):
    """5xx: the service failed, for longer than retries were allowed."""


class TransportError(CloudAuditError):
    """No usable answer: not reached, timed out, reset, cut short, redirected, too large, or not JSON."""


class Interrupted(CloudAuditError):
    """Stopping was asked for while work was under way."""


class ArchiveError(CloudAuditError):
    """The archive can't be read, can't be written, or contradicts itself."""


class CommitConflict(ArchiveError):
    """Another writer created this commit's sequence number first."""
