"""A variant is the shipped reader with parts silenced; the names of those parts must not drift."""

import numpy as np
import pytest

from anbu.language import quantities, replies, understand
from anbu.language.features import Encoder
from anbu.language.model import LanguageModel
from benchmarks.evaluation.variants import VARIANTS, LiteralEncoder, silenced, silent


@pytest.fixture
def heads():
    return {"levels:meals": (0, ("0", "1", "2", "3")), "about": (4, ("meals",)), "signals": (5, ("hazard",)),
            "acts": (6, ("affirm", "inform"))}  # fmt: skip


def test_without_rules_the_shipped_rules_answer_nothing():
    assert replies.kind("네") == "affirm"
    with silenced(VARIANTS["linear"]):
        assert replies.kind("네") is None
        assert quantities.level("meals", []) is None
        assert understand.screen("살려 주세요") == ()
    assert replies.kind("네") == "affirm"


def test_a_silent_model_knows_nothing(heads):
    weights = np.ones((3, 8), np.float32)
    model = silent(LanguageModel(Encoder(), weights, np.ones(8, np.float32), heads, {}))
    assert not model.weights.any()
    assert model.bias[:4].tolist() == [0, 0, 0, 0]
    assert (model.bias[4:7] < 0).all()
    assert model.bias[7] > 0


def test_literal_words_have_no_likeness():
    encoder = LiteralEncoder()
    encoder.fit(["밥을 먹어요", "밥을 못 먹어요"])
    assert encoder.words == {}
    assert encoder.width == len(encoder.index)
