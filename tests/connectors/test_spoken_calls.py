"""Whole calls with a cloud voice that works, hangs, is down or talks nonsense, on the live engine."""

import time

import pytest

from anbu.store.models import AssessmentRow, Call
from anbu.store.session import transaction
from tests.connectors.phone import Phone
from tests.voice.cloud import cloud_stand_in

pytestmark = pytest.mark.engine


@pytest.fixture
def cloud(configure, tmp_path):
    with cloud_stand_in() as stand_in:
        configure(TTS_ENDPOINT=stand_in.endpoint, AUDIO_DIR=tmp_path / "audio", TTS_WAIT_S=0.4)
        yield stand_in


def whole_call(engine):
    """Hold a call to its end; → the tags spoken with, the URLs played and the longest wait in seconds."""
    phone, tags, urls, longest = Phone(engine), set(), [], 0.0
    started = time.perf_counter()
    phone.answer()
    for _ in range(40):
        longest = max(longest, time.perf_counter() - started)
        spoken = [e for e in phone.last.root.iter() if e.tag in ("Say", "Play")]
        assert phone.last.status == 200
        assert spoken
        tags |= {e.tag for e in spoken}
        urls += [e.text for e in spoken if e.tag == "Play"]
        if phone.last.ended:
            break
        started = time.perf_counter()
        phone.say("네" if phone.last.topic in ("identity", "consent") else "그냥 괜찮아요")
    assert phone.last.ended
    with transaction() as db:
        assert db.get(Call, phone.call_id).outcome == "completed"
        assert db.get(AssessmentRow, phone.call_id) is not None
    return tags, urls, longest


def test_a_call_is_spoken_in_the_cloud_voice_and_nothing_personal_in_a_public_sound(cloud, engine):
    tags, urls, _ = whole_call(engine)
    assert tags == {"Play"}
    personal = [u for u in urls if "/audio/p-" in u]
    assert len(personal) == 1  # the question for the name
    said = [r.input.ssml for r in cloud.requests]
    assert sum("김순자" in s for s in said) == 1
    asked = len(cloud.requests)
    whole_call(engine)
    assert len(cloud.requests) == asked + 1  # only the name again


@pytest.mark.parametrize("mode", ["hang", "garbage", "refuse"])
def test_a_voice_that_fails_for_a_whole_call_costs_nobody_the_call(cloud, engine, mode):
    cloud.mode = mode
    tags, _, longest = whole_call(engine)
    assert tags == {"Say"}
    assert longest < 4
