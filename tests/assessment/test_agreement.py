import pytest
from scipy.stats import binomtest

from anbu.assessment.agreement import agreement, rate, weighted_rate


@pytest.mark.parametrize(("hits", "of"), [(0, 59), (1, 20), (7, 300), (20, 20)])
def test_interval_is_the_exact_one(hits, of):
    interval = binomtest(hits, of).proportion_ci(0.95, "exact")
    found = rate(hits, of)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.value == hits / of


def test_no_miss_in_the_samples_does_not_mean_none():
    assert 0.05 < rate(0, 59).high < 0.07
    assert rate(0, 299).high < 0.0125


def test_nothing_sampled_says_nothing():
    found = rate(0, 0)
    assert (found.value, found.low, found.high) == (None, 0.0, 1.0)


def test_even_chances_count_plainly():
    hits = [True] * 3 + [False] * 57
    found, plain = weighted_rate(hits, [0.05] * 60), rate(3, 60)
    assert (found.value, found.low, found.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_what_was_drawn_rarely_stands_for_more():
    """100 calls drawn at 10% with 10 missed and 100 drawn at 100% with none: 10 of every 110 are missed."""
    hits = [True] * 10 + [False] * 90 + [False] * 100
    found = weighted_rate(hits, [0.1] * 100 + [1.0] * 100)
    assert found.value == pytest.approx(100 / 1100)
    assert found.of < 200  # uneven chances tell less than their number


@pytest.mark.parametrize("chances", [[0.0], [1.5], [0.1, 0.1]])
def test_sample_without_a_sound_chance_is_refused(chances):
    with pytest.raises(ValueError, match="chance"):
        weighted_rate([True], chances)


def test_full_and_no_agreement():
    assert agreement([(0, 0), (1, 1), (2, 2), (3, 3)]).kappa == pytest.approx(1.0)
    assert agreement([(0, 3), (3, 0)]).kappa == pytest.approx(-1.0)


def test_one_level_apart_weighs_less_than_three():
    near = agreement([(0, 1), (2, 3), (1, 1), (3, 3), (0, 0)])
    far = agreement([(0, 3), (3, 0), (1, 1), (3, 3), (0, 0)])
    assert near.exact == far.exact == 3
    assert near.kappa > far.kappa


def test_unknown_is_no_level_and_is_counted_apart():
    found = agreement([(None, 2), (1, None), (None, None), (2, 2), (0, 0)])
    assert (found.pairs, found.exact, found.one_unknown, found.kappa) == (2, 2, 2, pytest.approx(1.0))


@pytest.mark.parametrize("ratings", [[], [(0, 0)] * 50, [(None, None)]])
def test_where_kappa_says_nothing_there_is_none(ratings):
    assert agreement(ratings).kappa is None
