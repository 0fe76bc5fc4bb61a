"""`anbu voice` with a real gRPC service on loopback, and with espeak-ng where the machine has it."""

import shutil

import pytest
import soundfile
from typer.testing import CliRunner

from anbu.errors import AnbuError
from anbu.voice import cli, render
from anbu.voice.phrases import fixed_phrases, is_fixed
from anbu.voice.preview import LOUDNESS, preview
from anbu.voice.styles import style

LINE = "네, 다행이에요."


@pytest.fixture(autouse=True)
def few_phrases(monkeypatch):
    """Three phrases instead of some two hundred."""
    monkeypatch.setattr(render, "fixed_phrases", lambda script: fixed_phrases(script)[:3])


def run(*arguments):
    return CliRunner().invoke(cli.app, [str(a) for a in arguments], catch_exceptions=True)


def test_fixed_phrases_carry_nothing_personal():
    phrases = fixed_phrases()
    assert len(phrases) > 150
    assert not [p for p in phrases if "{" in p]
    assert set(fixed_phrases("weekly")) < set(phrases)
    assert is_fixed(LINE)
    assert not is_fixed("김순자 님이세요?")
    assert not is_fixed("네, 내일 오전 열 시에 다시 전화드릴게요. 안녕히 계세요.")


def test_a_dry_run_asks_for_nothing_and_says_what_it_would_cost(cloud):
    done = run("render", "--dry-run")
    assert "만들 소리 12개" in done.output
    assert "어림값 $" in done.output
    assert cloud.requests == []


def test_render_makes_what_is_missing_and_only_that(cloud):
    assert "만든 소리 12개 · 못 만든 소리 0개" in run("render").output
    assert "만들 소리 0개 · 이미 있는 소리 12개" in run("render").output
    assert len(cloud.requests) == 12
    assert run("render", "--voice", "low_man", "--plain").exit_code == 0
    assert len(cloud.requests) == 15


def test_what_could_not_be_rendered_is_told_and_made_the_next_time(cloud):
    cloud.mode = "refuse"
    failed = run("render", "--plain")
    assert failed.exit_code == 1
    assert "못 만든 소리 3개" in failed.output
    assert len(cloud.requests) == 3 * render.TRIES
    cloud.mode = "ok"
    assert run("render", "--plain").exit_code == 0


def test_render_without_a_cloud_voice_says_what_to_set(configure, tmp_path):
    configure(AUDIO_DIR=tmp_path)
    done = run("render")
    assert isinstance(done.exception, AnbuError)
    assert "ANBU_TTS_CREDENTIALS" in str(done.exception)


def test_wrong_credentials_are_a_clear_message(configure, tmp_path):
    (tmp_path / "key.json").write_text("{}")
    configure(AUDIO_DIR=tmp_path, TTS_CREDENTIALS=tmp_path / "key.json")
    assert "ANBU_TTS_CREDENTIALS" in str(run("render").exception)


def test_a_preview_is_written_plain_and_as_through_a_telephone(cloud, tmp_path):
    done = run("preview", "식사는 하셨어요?", "--folder", tmp_path, "--no-play")
    assert done.exit_code == 0, done.exception
    assert "식사는 하셨어요?" in done.output
    plain, telephone = soundfile.info(tmp_path / "001.wav"), soundfile.info(tmp_path / "001-telephone.wav")
    assert (telephone.samplerate, telephone.subtype) == (8000, "ULAW")
    assert plain.duration == pytest.approx(telephone.duration, abs=0.01)
    assert f"{plain.duration:.1f}" in done.output


def test_previews_are_equally_loud(cloud, tmp_path):
    import pyloudnorm

    heard = preview(["식사는 하셨어요?", LINE], style(loud=True), tmp_path)
    for one in heard:
        samples, rate = soundfile.read(one.plain)
        assert pyloudnorm.Meter(rate).integrated_loudness(samples) == pytest.approx(LOUDNESS, abs=1.0)


def test_without_any_voice_the_preview_says_how_to_get_one(configure, monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(AnbuError, match="espeak-ng"):
        preview([LINE], style(), tmp_path)


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed (apt-get install espeak-ng)")
def test_espeak_stands_in_for_previews_only(tmp_path):
    heard = preview(["네"], style(), tmp_path)
    assert heard[0].by == "espeak-ng"
    assert heard[0].seconds > 0.2
