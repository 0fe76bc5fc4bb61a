"""The hearing check: how lines will sound, plain and through a telephone, with their length. For people, not calls."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy
import pyloudnorm
import soundfile
from scipy.signal import butter, resample_poly, sosfiltfilt

from anbu.errors import AnbuError
from anbu.voice.cloud import CloudVoice, configured
from anbu.voice.reading import aloud
from anbu.voice.speaker import syllables
from anbu.voice.ssml import ssml
from anbu.voice.styles import Style
from anbu.voice.wav import RATE

LOUDNESS = -19.0  # LUFS of a single voice, so that lines can be compared
PEAK = 0.97
BAND = (300, 3400)  # Hz, what a telephone lets through
ESPEAK_WORDS = 150  # a minute, at rate 1.0
PLAYERS = (["paplay"], ["aplay", "-q"], ["afplay"], ["ffplay", "-nodisp", "-autoexit", "-loglevel", "error"])
NO_VOICE = (
    "들어 볼 목소리가 없습니다. ANBU_TTS_CREDENTIALS에 Google Cloud의 서비스 계정 파일을 적거나, "
    "미리 듣기만 하시려면 `apt-get install espeak-ng`를 하세요 (no voice to preview with)"
)


@dataclass(frozen=True)
class Heard:
    """A line that was written: `plain` as synthesised, `telephone` in 8 kHz µ-law; `seconds` long."""

    line: str
    seconds: float
    plain: Path
    telephone: Path
    by: str  # cloud | espeak-ng


def preview(lines: Sequence[str], how: Style, folder: Path) -> list[Heard]:
    """Write each line twice into `folder`. Raises AnbuError when there is no voice, NoVoice when it fails."""
    folder.mkdir(parents=True, exist_ok=True)
    by, sounds = ("cloud", _by_cloud(lines, how)) if configured() else ("espeak-ng", _by_espeak(lines, how))
    heard = []
    for n, (line, (samples, rate)) in enumerate(zip(lines, sounds, strict=True), 1):
        samples = normalised(samples, rate)
        plain, telephone = folder / f"{n:03d}.wav", folder / f"{n:03d}-telephone.wav"
        soundfile.write(plain, samples, rate, subtype="PCM_16")
        soundfile.write(telephone, through_telephone(samples, rate), RATE, subtype="ULAW")
        heard.append(Heard(line, len(samples) / rate, plain, telephone, by))
    return heard


def normalised(samples: numpy.ndarray, rate: int) -> numpy.ndarray:
    """The same sound at the loudness all previews have; silence stays silence."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyloudnorm warns of clipping, which is mended below
        block = min(0.4, len(samples) / rate * 0.9)  # a one-syllable line is shorter than the usual block
        loudness = pyloudnorm.Meter(rate, block_size=block).integrated_loudness(samples)
        if not numpy.isfinite(loudness):
            return samples
        samples = pyloudnorm.normalize.loudness(samples, loudness, LOUDNESS)
    peak = numpy.max(numpy.abs(samples))
    return samples * (PEAK / peak) if peak > PEAK else samples


def through_telephone(samples: numpy.ndarray, rate: int) -> numpy.ndarray:
    """What is left of a sound at the other end of a telephone line, at 8 kHz."""
    if rate != RATE:
        samples = resample_poly(samples, RATE, rate)
    if len(samples) < 64:
        return samples
    return sosfiltfilt(butter(4, BAND, "bandpass", fs=RATE, output="sos"), samples)


def play(paths: Sequence[Path]) -> bool:
    """Play files one after the other; → False when this machine has nothing to play with."""
    player = next((p for p in PLAYERS if shutil.which(p[0])), None)
    if player is None:
        return False
    return all(subprocess.run([*player, str(path)], check=False).returncode == 0 for path in paths)


def _by_cloud(lines: Sequence[str], how: Style) -> list[tuple[numpy.ndarray, int]]:
    async def all_of_them() -> list[bytes]:
        voice = CloudVoice(deadline_s=30.0)
        try:
            return [await voice.synthesize(ssml(line), how, syllables(line)) for line in lines]
        finally:
            await voice.close()

    return [soundfile.read(BytesIO(sound)) for sound in asyncio.run(all_of_them())]


def _by_espeak(lines: Sequence[str], how: Style) -> list[tuple[numpy.ndarray, int]]:
    program = shutil.which("espeak-ng")
    if program is None:
        raise AnbuError(NO_VOICE)
    volume = min(200, round(100 * 10 ** (how.volume_db / 20)))
    command = [program, "-v", "ko", "-s", str(round(ESPEAK_WORDS * how.rate)), "-a", str(volume), "--stdin", "--stdout"]
    sounds = []
    for line in lines:
        done = subprocess.run(command, input=aloud(line).encode(), capture_output=True, timeout=60, check=False)
        if done.returncode or not done.stdout:
            raise AnbuError(f"espeak-ng가 말하지 못했습니다 (code {done.returncode})")
        sounds.append(soundfile.read(BytesIO(done.stdout)))
    return sounds
