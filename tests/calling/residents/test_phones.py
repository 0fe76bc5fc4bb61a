import pytest

from anbu.calling.residents.phones import BadNumber, national, normalise


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("010-1234-5678", "+821012345678"), ("010 1234 5678", "+821012345678"), ("+82 10-1234-5678", "+821012345678"),
        ("1012345678", "+821012345678"), ("1012345678.0", "+821012345678"), ("02-123-4567", "+8221234567"),
        ("070-8123-4567", "+827081234567"), ("010-0000-0119", "+821000000119"),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(written, e164):
    assert normalise(written) == e164


@pytest.mark.parametrize(
    "written", ["", "없음", "119", "010-123-567", "1588-1234", "060-700-1234", "+1 202 555 0123", "010-1234-56789"]
)
def test_what_cannot_or_must_not_be_called_is_refused_without_repeating_it(written):
    with pytest.raises(BadNumber) as refused:
        normalise(written)
    assert not written or written not in str(refused.value)


def test_people_read_numbers_their_way():
    assert national("+821012345678") == "010-1234-5678"
