import pytest

from tests.voice.cloud import cloud_stand_in


@pytest.fixture
def cloud(configure, tmp_path):
    """A cloud voice on loopback and an empty store, by settings."""
    with cloud_stand_in() as stand_in:
        configure(TTS_ENDPOINT=stand_in.endpoint, AUDIO_DIR=tmp_path / "audio")
        yield stand_in
