"""Settings: the one place that reads `ANBU_*` environment variables (and `.env`). See `.env.example`."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseSettings, Field, SecretStr, ValidationError, validator

from anbu.errors import SettingsError

ROOT = Path(__file__).parents[1]


class Settings(BaseSettings):
    """Typed settings; defaults serve one machine with no account anywhere."""

    database_url: str = f"sqlite:///{ROOT / 'var' / 'anbu.db'}"
    data_key: SecretStr = Field(..., description="32 random bytes, base64: encrypts names, numbers and words at rest")
    public_url: str = "http://127.0.0.1:5005"
    twilio_auth_token: SecretStr = Field(..., description="signs the telephone webhooks")
    office_name: str = "안부동 행정복지센터"
    verify_number: str = "02-120"
    phone_number: str | None = None
    on_duty_number: str | None = None
    page_to: str = "당번"
    twilio_account_sid: str | None = None
    smtp_host: str | None = None
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_security: str = Field("starttls", regex="^(starttls|tls|none)$")
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str | None = None
    page_webhook_url: str | None = None
    page_webhook_secret: SecretStr | None = None
    watch_every_s: float = Field(5.0, ge=0.2)
    say_voice: str = "Polly.Seoyeon"
    speech_model: str | None = None
    turn_deadline_s: float = Field(8.0, gt=0.5, lt=12)
    stale_after_s: float = Field(300.0, ge=1)
    sweep_every_s: float = Field(20.0, ge=0.2)
    console_url: str = "http://127.0.0.1:5006"
    first_login: str | None = None
    first_password: SecretStr | None = None
    login_attempts: int = Field(5, ge=1, le=100)
    login_lock_min: int = Field(15, ge=1)
    session_idle_min: int = Field(120, ge=1)
    session_max_h: int = Field(10, ge=1, le=24)
    sample_share: float = Field(0.05, ge=0, le=1)
    keep_words_days: int = Field(1095, ge=1)
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name: str = "기관 계정"
    # hand-over: numbers besides the rota, E.164, in their order
    on_duty_numbers: str = ""  # several, separated by commas; after on_duty_number
    manager_number: str | None = None
    line_109: str | None = None
    line_112: str | None = None
    line_119: str | None = None
    # cloud voice: off without credentials (or a loopback endpoint, for trials)
    tts_credentials: Path | None = None
    tts_endpoint: str = "texttospeech.googleapis.com"
    tts_wait_s: float = Field(1.2, gt=0, le=5)
    voice: str | None = None
    audio_dir: Path = ROOT / "var" / "audio"
    audio_max_mb: int = Field(500, ge=1)
    audio_personal_s: float = Field(600, ge=30, le=3600)
    # the line out and its pace
    gateway: Literal["rehearsal", "twilio"] = "rehearsal"
    twilio_api_url: str | None = None
    ring_s: int = Field(30, ge=5, le=120)
    call_limit_s: int = Field(1800, ge=60, le=14400)
    calls_per_second: float = Field(1.0, gt=0, le=200)
    lease_s: float = Field(30.0, ge=1, le=600)
    unknown_sure_s: float = Field(30.0, ge=1, le=600)  # a call not in the line's list by then was never placed
    request_timeout_s: float = Field(10.0, ge=0.1, le=60)
    models_dir: Path = ROOT / "models"
    spool_dir: Path = ROOT / "var" / "spool"

    class Config:
        env_prefix = "ANBU_"
        env_file = ROOT / ".env"

    @validator("data_key")
    def _key_is_32_bytes(cls, value: SecretStr) -> SecretStr:
        try:
            raw = base64.urlsafe_b64decode(value.get_secret_value())
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) != 32:
            raise ValueError("32바이트를 base64로 적어야 합니다 (must be 32 bytes in base64; `anbu keys` prints one)")
        return value

    @validator("console_url")
    def _console_is_not_on_an_open_line(cls, value: str) -> str:
        url = urlsplit(value)
        here = url.hostname in ("127.0.0.1", "localhost", "::1")
        if url.scheme != "https" and not (url.scheme == "http" and here):
            raise ValueError(
                "https:// 로 시작해야 합니다. http는 127.0.0.1에서만 씁니다 (https, or http on loopback only)"
            )
        return value.rstrip("/")

    @validator("oidc_issuer")
    def _issuer_is_https(cls, value: str | None) -> str | None:
        if value and urlsplit(value).scheme != "https" and urlsplit(value).hostname not in ("127.0.0.1", "localhost"):
            raise ValueError("https:// 로 시작해야 합니다 (must start with https://)")
        return value.rstrip("/") if value else None

    @validator("public_url", "page_webhook_url")
    def _url_has_no_tail(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("http://", "https://")):
            raise ValueError("http:// 또는 https:// 로 시작해야 합니다 (must start with http:// or https://)")
        return value.rstrip("/")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. Raises SettingsError naming each wrong variable, never its value."""
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = "ANBU_" + str(problem["loc"][0]).upper()
            why = "값이 없습니다 (missing)" if problem["type"] == "value_error.missing" else problem["msg"]
            lines.append(f"  {name}: {why}")
        hint = "`make up`이 개발용 .env를 만듭니다. .env.example을 보세요. (see .env.example)"
        raise SettingsError("설정이 잘못되었습니다 (wrong settings):\n" + "\n".join(lines) + "\n" + hint) from None
