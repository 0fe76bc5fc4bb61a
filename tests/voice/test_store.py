import os
import time

import pytest

from anbu.voice.store import SoundStore, name_of
from anbu.voice.styles import style

LOTS = 10**9


def test_the_store_stays_within_its_bound_and_loses_what_was_used_longest_ago(tmp_path):
    store = SoundStore(tmp_path, 10_000, 60)
    names = [f"{i:064x}" for i in range(12)]
    for age, name in enumerate(names[:9]):
        store.put(name, b"x" * 1000)
        os.utime(tmp_path / "public" / f"{name}.wav", (time.time() - 90_000 + age * 100,) * 2)
    assert store.has(names[0])  # used again: no longer the oldest
    for name in names[9:]:
        store.put(name, b"x" * 1000)
    kept = sum(f.stat().st_size for f in (tmp_path / "public").iterdir())
    assert kept <= 10_000
    assert store.has(names[0])
    assert not store.has(names[1])
    assert all(store.has(n) for n in names[9:])


def test_a_restarted_store_knows_its_size(tmp_path):
    SoundStore(tmp_path, LOTS, 60).put("a" * 64, b"x" * 900)
    store = SoundStore(tmp_path, 1000, 60)
    store.put("b" * 64, b"x" * 900)
    assert sum(f.stat().st_size for f in (tmp_path / "public").iterdir()) <= 1000


def test_a_personal_sound_expires_and_is_swept(tmp_path):
    store = SoundStore(tmp_path, LOTS, 60)
    name = store.put_personal(b"sound")
    assert store.read(name) == b"sound"
    path = tmp_path / "personal" / f"{name}.sealed"
    os.utime(path, (time.time() - 61,) * 2)
    assert store.read(name) is None
    assert store.forget_expired() == 1
    assert not path.exists()


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "a" * 63, "A" * 64, "p-x", "p-" + "/" * 43, "\0" * 64])
def test_what_is_no_name_is_no_sound(tmp_path, name):
    (tmp_path / "public").mkdir()
    assert SoundStore(tmp_path, LOTS, 60).read(name) is None


def test_the_name_holds_all_that_can_be_heard():
    names = {
        name_of("<speak>네</speak>", style()), name_of("<speak>예</speak>", style()),
        name_of("<speak>네</speak>", style(slow=True)), name_of("<speak>네</speak>", style(loud=True)),
        name_of("<speak>네</speak>", style("low_man")),
    }  # fmt: skip
    assert len(names) == 5
