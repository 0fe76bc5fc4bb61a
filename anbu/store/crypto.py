"""Encryption at rest and keyed hashes, both derived from `ANBU_DATA_KEY`."""

from __future__ import annotations

import base64
import hmac
import json
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.types import LargeBinary, TypeDecorator

from anbu.errors import SettingsError
from anbu.settings import settings


@lru_cache(maxsize=8)
def _derive(key: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"anbu/" + purpose).derive(base64.urlsafe_b64decode(key))


@lru_cache(maxsize=4)
def _fernet(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derive(key, b"rest")))


def seal(text: str) -> bytes:
    """Encrypt text for the database."""
    return _fernet(settings().data_key.get_secret_value()).encrypt(text.encode())


def unseal(data: bytes) -> str:
    """Decrypt what `seal` made. Raises SettingsError when the key is not the one it was sealed with."""
    try:
        return _fernet(settings().data_key.get_secret_value()).decrypt(bytes(data)).decode()
    except InvalidToken:
        raise SettingsError(
            "ANBU_DATA_KEY가 이 데이터베이스의 열쇠가 아닙니다 (not the key of this database)"
        ) from None


def seal_bytes(data: bytes) -> bytes:
    """Encrypt bytes for the disk."""
    return _fernet(settings().data_key.get_secret_value()).encrypt(data)


def unseal_bytes(data: bytes) -> bytes | None:
    """Decrypt what `seal_bytes` made; None when the key is not the one it was sealed with."""
    try:
        return _fernet(settings().data_key.get_secret_value()).decrypt(data)
    except InvalidToken:
        return None


def fingerprint(text: str) -> str:
    """Keyed hash by which a phone number or token can be found without being readable."""
    return hmac.new(_derive(settings().data_key.get_secret_value(), b"find"), text.encode(), sha256).hexdigest()


def chain_key() -> bytes:
    """The key of the audit log's chain."""
    return _derive(settings().data_key.get_secret_value(), b"audit")


class Sealed(TypeDecorator):
    """A text column that is encrypted at rest."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return None if value is None else seal(value)

    def process_result_value(self, value, dialect):
        return None if value is None else unseal(value)


class SealedJson(Sealed):
    """A JSON column that is encrypted at rest."""

    cache_ok = True

    def process_bind_param(self, value, dialect):
        return None if value is None else seal(json.dumps(value, ensure_ascii=False))

    def process_result_value(self, value, dialect):
        return None if value is None else json.loads(unseal(value))
