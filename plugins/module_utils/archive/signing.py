# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signs commits with Ed25519, and says whether a signature holds. The library C{cryptography} is imported when it is needed.

A signature is over the commit without its C{signature}, as L{canonical} writes it. A key's ID is the first 16 hex
digits of the SHA-256 of the raw public key (32 bytes): it chooses the key, it proves nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from typing import Any, Iterable

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import canonical
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import DependencyError, OptionError

ALGORITHM = "ed25519"
VALID, UNSIGNED, UNKNOWN_KEY, WRONG = "valid", "unsigned", "unknown_key", "wrong"
_PEM_BEGIN = "-----BEGIN"
# Ansible masks each occurrence of a secret option's value, here a path: names that nobody gives to a file keep the advice readable
_MAKE = "Make one with: openssl genpkey -algorithm ed25519 -out /FULL/PATH/OF/PRIVATE_KEY"
_MAKE_PUBLIC = "Make it with: openssl pkey -in /FULL/PATH/OF/PRIVATE_KEY -pubout -out /FULL/PATH/OF/PUBLIC_KEY"
_FULL_PATH = "If it is a file's path, write the full one, from / or ~ on."


class Signer:
    """Signs commits with one private key."""

    def __init__(self, private: Any) -> None:
        self._private = private
        self.key_id = _key_id(private.public_key())

    def signed(self, commit: dict[str, Any]) -> dict[str, Any]:
        """A copy of the commit that has its signature."""
        value = base64.b64encode(self.sign(_message(commit))).decode("ascii")
        return dict(commit, signature={"algorithm": ALGORITHM, "key_id": self.key_id, "value": value})

    def sign(self, message: bytes) -> bytes:
        signature: bytes = self._private.sign(message)
        return signature


def require_signer(commit: dict[str, Any] | None, signer: Signer | None) -> None:
    """Refuse to go on unsigned after the signed C{commit}: to a verifier that would look like a signature stripped off, for good.

    @raise OptionError: the stream is signed, and there is no signer.
    """
    if signer is None and commit is not None and commit.get("signature") is not None:
        raise OptionError(
            "The archive's commits are signed, and no signing_key is given, so this run can't go on.",
            "Give signing_key; a new key will do when the old one is lost.",
            option="signing_key",
        )


class PublicKeys:
    """The keys of all who may have signed an archive: after a change of keys, the old ones too."""

    def __init__(self, keys: dict[str, Any]) -> None:
        self._keys = keys

    def judge(self, commit: dict[str, Any]) -> str:
        """VALID, UNSIGNED, UNKNOWN_KEY or WRONG."""
        signature = commit.get("signature")
        if signature is None:
            return UNSIGNED
        if not isinstance(signature, dict) or signature.get("algorithm") != ALGORITHM:
            return WRONG
        public = self._keys.get(str(signature.get("key_id")))
        if public is None:
            return UNKNOWN_KEY
        from cryptography.exceptions import InvalidSignature

        try:
            value = base64.b64decode(signature["value"], validate=True)
            if base64.b64encode(value).decode("ascii") != signature["value"]:
                return WRONG  # the same signature in another spelling: the commit's bytes are not those that were written
            public.verify(value, _message(commit))
        except (InvalidSignature, KeyError, TypeError, ValueError, binascii.Error):
            return WRONG
        return VALID


def load_signer(key: str | None, passphrase: str | None) -> Signer | None:
    """The signer for a private key (a file's path, or PEM text); None without a key.

    @raise OptionError: no key can be read there, or the passphrase is not its own. @raise DependencyError: no C{cryptography}.
    """
    if key is None:
        if passphrase is not None:
            raise OptionError("signing_key_passphrase is given without signing_key.", "Give the key too, or neither.", option="signing_key_passphrase")
        return None
    serialization, ed25519 = _library()
    data = _pem(key, "signing_key", _MAKE)
    try:
        private = serialization.load_pem_private_key(data, None if passphrase is None else passphrase.encode("utf-8"))
    except TypeError:  # how the library says that there is a passphrase where none is needed, or none where one is
        if passphrase is None:
            raise OptionError("signing_key is protected by a passphrase.", "Give signing_key_passphrase.", option="signing_key_passphrase") from None
        raise OptionError("signing_key is not protected.", "Leave signing_key_passphrase out.", option="signing_key_passphrase") from None
    except ValueError:
        wrong = "signing_key can't be read" if passphrase is None else "signing_key can't be read with this signing_key_passphrase"
        raise OptionError(f"{wrong}: it is not a private key in PEM form, or damaged.", _MAKE, option="signing_key") from None
    except Exception as exc:  # noqa: BLE001  # the library's own UnsupportedAlgorithm and whatever its OpenSSL adds
        raise OptionError(f"signing_key is of a kind that can't be read ({type(exc).__name__}).", _MAKE, option="signing_key") from None
    if not isinstance(private, ed25519.Ed25519PrivateKey):
        raise OptionError("signing_key is not an Ed25519 key.", _MAKE, option="signing_key", allowed="an Ed25519 private key")
    return Signer(private)


def load_public_keys(keys: Iterable[str] | None) -> PublicKeys | None:
    """Public keys, each a file's path or PEM text; None where none are given. Errors as L{load_signer}."""
    if not keys:
        return None
    serialization, ed25519 = _library()
    found = {}
    for number, key in enumerate(keys):
        option = f"public_keys[{number}]"
        try:
            public = serialization.load_pem_public_key(_pem(key, option, _MAKE_PUBLIC))
        except Exception:  # noqa: BLE001  # ValueError, and the library's own kinds
            raise OptionError(f"{option} is not a public key in PEM form.", _MAKE_PUBLIC, option=option) from None
        if not isinstance(public, ed25519.Ed25519PublicKey):
            raise OptionError(f"{option} is not an Ed25519 key.", _MAKE_PUBLIC, option=option, allowed="an Ed25519 public key")
        found[_key_id(public)] = public
    return PublicKeys(found)


def _library() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise DependencyError("cryptography", "to sign commits and to verify signatures") from None
    return serialization, ed25519


def _pem(key: str, option: str, hint: str) -> bytes:
    if _PEM_BEGIN in key:
        return key.strip().encode("utf-8")
    path = os.path.abspath(os.path.expanduser(key))
    try:
        with open(path, "rb") as file:
            return file.read(1 << 16)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "no file has such a name"
        advice = hint if key.startswith(("/", "~")) else f"{_FULL_PATH} {hint}"
        raise OptionError(f"{option} can't be read: {reason}. It is neither PEM text nor a readable file.", advice, option=option) from None


def _key_id(public: Any) -> str:
    from cryptography.hazmat.primitives import serialization

    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def _message(commit: dict[str, Any]) -> bytes:
    return canonical({name: value for name, value in commit.items() if name != "signature"})
