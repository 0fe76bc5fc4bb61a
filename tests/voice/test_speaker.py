"""The speaker with a real gRPC service on loopback: whatever it does, an answer comes in time."""

import asyncio
import time

import pytest

from anbu.voice.cloud import CloudVoice, NoVoice
from anbu.voice.metrics import SPOKEN
from anbu.voice.speaker import MOST_AT_ONCE, Speaker, open_speaker
from anbu.voice.store import PERSONAL, PUBLIC, open_store
from anbu.voice.styles import style
from anbu.voice.wav import seconds

FIXED = "네, 다행이에요."
FIXED_TOO = "죄송합니다. 한 번만 더 말씀해 주세요."
PERSONAL_LINE = "김순자 님이세요?"


def speak(*lines, how=None, wait_s=2.0, times=1, **cloud):
    """What a fresh speaker answers, and how long it took."""

    async def run():
        speaker = Speaker(CloudVoice(**cloud), open_store())
        try:
            names, started = {}, time.perf_counter()
            for _ in range(times):
                names = await speaker.names(lines, how or style(), wait_s)
            return names, time.perf_counter() - started
        finally:
            await speaker.close()

    return asyncio.run(run())


def count(how):
    return SPOKEN.labels(how)._value.get()


def test_a_fixed_phrase_is_made_once_and_found_again(cloud):
    names, _ = speak(FIXED)
    assert PUBLIC.fullmatch(names[FIXED])
    again, _ = speak(FIXED)
    assert again == names
    assert len(cloud.requests) == 1
    sent = cloud.requests[0]
    assert sent.voice.language_code == "ko-KR"
    assert sent.input.ssml.startswith("<speak>")
    assert sent.audio_config.effects_profile_id == ["telephony-class-application"]
    assert sent.audio_config.sample_rate_hertz == 8000


def test_a_personal_phrase_has_another_unguessable_name_each_time_and_is_sealed(cloud, tmp_path):
    first, second = speak(PERSONAL_LINE)[0], speak(PERSONAL_LINE)[0]
    assert PERSONAL.fullmatch(first[PERSONAL_LINE])
    assert first != second
    store = open_store()
    assert seconds(store.read(first[PERSONAL_LINE])) > 0.3
    files = list((tmp_path / "audio" / "personal").iterdir())
    assert len(files) == 2
    assert not any(f.read_bytes().startswith(b"RIFF") for f in files)
    assert list((tmp_path / "audio" / "public").iterdir()) == []


def test_slower_and_louder_are_other_sounds(cloud):
    plain, slow, loud = (speak(FIXED, how=style(slow=s, loud=v))[0] for s, v in ((0, 0), (1, 0), (0, 1)))
    assert len({n[FIXED] for n in (plain, slow, loud)}) == 3
    rates = [r.audio_config.speaking_rate for r in cloud.requests]
    volumes = [r.audio_config.volume_gain_db for r in cloud.requests]
    assert rates[1] < rates[0] == rates[2]
    assert volumes[2] > volumes[0] == volumes[1]
    store = open_store()
    assert seconds(store.read(slow[FIXED])) > seconds(store.read(plain[FIXED]))


def test_office_and_resident_choose_the_voice(cloud, configure):
    configure(VOICE="low_man")
    speak(FIXED)
    speak(FIXED, how=style("bright_woman"))
    speak(FIXED, how=style("a voice that is gone"))
    assert [r.voice.name for r in cloud.requests] == ["ko-KR-Wavenet-D", "ko-KR-Wavenet-B"]


@pytest.mark.parametrize("mode", ["garbage", "empty", "wrong_format", "endless", "refuse", "unauthenticated"])
def test_what_is_no_speech_is_never_kept_or_played(cloud, tmp_path, mode):
    cloud.mode = mode
    before = count("say_failed")
    assert speak(FIXED, PERSONAL_LINE)[0] == {}
    assert count("say_failed") == before + 1
    assert list((tmp_path / "audio").rglob("*.wav")) == []


def test_a_hanging_service_costs_the_wait_and_no_more(cloud):
    cloud.mode = "hang"
    before = count("say_late")
    names, took = speak(FIXED, wait_s=0.3)
    assert names == {}
    assert took < 1.5
    assert count("say_late") == before + 1


def test_a_late_sound_is_there_the_next_time(cloud):
    async def run():
        speaker = open_speaker()
        cloud.mode = "hang"
        assert await speaker.names([FIXED], style(), 0.1) == {}
        cloud.released.set()
        for _ in range(50):
            if names := await speaker.names([FIXED], style(), 0.0):
                break
            await asyncio.sleep(0.05)
        await speaker.close()
        return names

    assert asyncio.run(run())
    assert len(cloud.requests) == 1


def test_after_failures_in_a_row_the_service_is_left_alone_and_tried_again(cloud):
    cloud.mode = "refuse"

    async def run():
        voice = CloudVoice(failures=3, rest_s=0.4)
        whys = []
        for _ in range(6):
            with pytest.raises(NoVoice) as raised:
                await voice.synthesize("<speak>네</speak>", style(), 1)
            whys.append(raised.value.why)
        asked = len(cloud.requests)
        cloud.mode = "ok"
        await asyncio.sleep(0.5)
        sound = await voice.synthesize("<speak>네</speak>", style(), 1)
        await voice.close()
        return whys, asked, sound

    whys, asked, sound = asyncio.run(run())
    assert whys == ["failed", "failed", "open", "open", "open", "open"]
    assert asked == 3
    assert seconds(sound) > 0


def test_nobody_answers_at_all(configure, tmp_path):
    configure(TTS_ENDPOINT="127.0.0.1:9", AUDIO_DIR=tmp_path / "audio")
    names, took = speak(FIXED, wait_s=1.0)
    assert names == {}
    assert took < 3


def test_without_a_cloud_voice_the_rendered_phrases_are_still_played(cloud, configure):
    names = speak(FIXED)[0]
    configure(TTS_ENDPOINT="texttospeech.googleapis.com")

    async def run():
        speaker = open_speaker()
        return await speaker.names([FIXED], style(), 1), await speaker.names([FIXED, PERSONAL_LINE], style(), 1)

    assert asyncio.run(run()) == (names, {})


def test_a_flood_of_calls_does_not_flood_the_service(cloud):
    cloud.mode = "hang"

    async def run():
        speaker = open_speaker()
        lines = [f"{i}번 손님이세요?" for i in range(200)]
        started = time.perf_counter()
        answers = await asyncio.gather(*(speaker.names([line], style(), 0.5) for line in lines))
        took = time.perf_counter() - started
        cloud.released.set()
        await speaker.close()
        return answers, took

    answers, took = asyncio.run(run())
    assert answers == [{}] * 200
    assert took < 3
    assert len(cloud.requests) <= MOST_AT_ONCE


def test_a_disk_that_takes_nothing_leaves_the_call_its_voice(cloud, tmp_path):
    async def run():
        speaker = open_speaker()
        for folder in ("public", "personal"):
            (tmp_path / "audio" / folder).rmdir()
        answer = await speaker.names([FIXED, PERSONAL_LINE], style(), 1)
        await speaker.close()
        return answer

    assert asyncio.run(run()) == {}
