"""What must be true of a sound before a resident hears it, and how long it is."""

from __future__ import annotations

from io import BytesIO

import soundfile

from anbu.errors import AnbuError

RATE = 8000  # Hz, what a telephone carries
MOST_BYTES = 2 * 1024 * 1024  # four minutes; no line of ours is that long
LEAST_S_PER_SYLLABLE, MOST_S_PER_SYLLABLE = 0.03, 1.5


class BadSound(AnbuError):
    """The bytes are no sound we would play."""


def checked(sound: bytes, syllables: int) -> bytes:
    """The sound itself, if it is µ-law WAV of a length its words can have. Raises BadSound."""
    if not sound or len(sound) > MOST_BYTES:
        raise BadSound(f"소리의 크기가 이상합니다: {len(sound)}바이트 (odd size)")
    try:
        info = soundfile.info(BytesIO(sound))
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise BadSound("소리 파일이 아닙니다 (not audio)") from error
    if (info.format, info.subtype, info.samplerate, info.channels) != ("WAV", "ULAW", RATE, 1):
        raise BadSound(f"8kHz µ-law 모노 WAV가 아닙니다: {info.format} {info.subtype} {info.samplerate}Hz")
    if not max(0.1, syllables * LEAST_S_PER_SYLLABLE) <= info.duration <= 5 + syllables * MOST_S_PER_SYLLABLE:
        raise BadSound(f"말의 길이에 맞지 않는 소리입니다: {syllables}음절에 {info.duration:.1f}초 (wrong length)")
    return sound


def seconds(sound: bytes) -> float:
    """The length of a sound."""
    return soundfile.info(BytesIO(sound)).duration
