"""Google Cloud Text-to-Speech: one request with a deadline, behind a circuit breaker."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import grpc
import pybreaker
from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.auth.exceptions import GoogleAuthError
from google.cloud import texttospeech as tts
from google.cloud.texttospeech_v1.services.text_to_speech.transports import TextToSpeechGrpcAsyncIOTransport

from anbu.errors import AnbuError, SettingsError
from anbu.settings import settings
from anbu.voice.metrics import BREAKER, SYNTHESIS
from anbu.voice.styles import Style
from anbu.voice.wav import RATE, BadSound, checked

FAILURES, REST_S = 4, 30.0  # after this many failures in a row the service is left alone this long
DEADLINE_S = 8.0  # of a request; longer than a call waits, so that a late answer still fills the store
LOOPBACK = ("127.0.0.1:", "localhost:", "[::1]:")


class NoVoice(AnbuError):
    """The cloud voice gave no usable sound; `why` is failed or open (the breaker)."""

    def __init__(self, why: str, message: str):
        super().__init__(message)
        self.why = why


def configured() -> bool:
    """Whether there is a cloud voice to ask."""
    s = settings()
    return s.tts_credentials is not None or s.tts_endpoint.startswith(LOOPBACK)


class _Watch(pybreaker.CircuitBreakerListener):
    def state_change(self, cb, old_state, new_state):
        BREAKER.set(new_state.name == pybreaker.STATE_OPEN)


class CloudVoice:
    """The client. Make it inside the event loop it is used in. Raises SettingsError on unusable credentials."""

    def __init__(self, *, failures: int = FAILURES, rest_s: float = REST_S, deadline_s: float = DEADLINE_S):
        s = settings()
        self._deadline_s = deadline_s
        self.breaker = pybreaker.CircuitBreaker(fail_max=failures, reset_timeout=rest_s, listeners=[_Watch()])
        if s.tts_endpoint.startswith(LOOPBACK):  # plain text never leaves this machine
            channel = grpc.aio.insecure_channel(s.tts_endpoint)
            self._client = tts.TextToSpeechAsyncClient(transport=TextToSpeechGrpcAsyncIOTransport(channel=channel))
        else:
            self._client = _client(s.tts_credentials, s.tts_endpoint)

    async def synthesize(self, document: str, how: Style, syllables: int, deadline_s: float | None = None) -> bytes:
        """µ-law WAV of an SSML document. Raises NoVoice: refused, late, broken, or left alone for now."""
        request = tts.SynthesizeSpeechRequest(
            input=tts.SynthesisInput(ssml=document),
            voice=tts.VoiceSelectionParams(language_code="ko-KR", name=how.voice),
            audio_config=tts.AudioConfig(
                audio_encoding=tts.AudioEncoding.MULAW, sample_rate_hertz=RATE, speaking_rate=how.rate,
                volume_gain_db=how.volume_db, effects_profile_id=[how.profile] if how.profile else [],
            ),
        )  # fmt: skip
        started = time.perf_counter()
        result = "ok"
        try:
            with self.breaker.calling():
                limit = deadline_s or self._deadline_s
                answer = await asyncio.wait_for(
                    self._client.synthesize_speech(request=request, timeout=limit, retry=None), limit + 0.5
                )
                return checked(answer.audio_content, syllables)
        except pybreaker.CircuitBreakerError as error:
            result = "open"
            raise NoVoice("open", "목소리 서비스가 자꾸 실패해 잠시 쉬게 둡니다 (circuit open)") from error
        except BadSound as error:
            result = "garbage"
            raise NoVoice("failed", str(error)) from error
        except (GoogleAPICallError, RetryError, GoogleAuthError, grpc.RpcError, asyncio.TimeoutError) as error:
            result = type(error).__name__
            raise NoVoice("failed", f"목소리 서비스가 답하지 못했습니다: {result} (no answer)") from error
        finally:
            SYNTHESIS.labels(result).observe(time.perf_counter() - started)

    async def close(self) -> None:
        await self._client.transport.close()


def _client(path: Path | None, endpoint: str) -> tts.TextToSpeechAsyncClient:
    try:
        return tts.TextToSpeechAsyncClient.from_service_account_file(
            str(path), client_options={"api_endpoint": endpoint}
        )
    except (OSError, ValueError, GoogleAuthError) as error:
        raise SettingsError(
            f"ANBU_TTS_CREDENTIALS: 서비스 계정 열쇠로 쓸 수 없는 파일입니다 ({type(error).__name__}). "
            "Google Cloud에서 받은 JSON 파일의 길을 적어 주세요 (not a service account file)"
        ) from None
