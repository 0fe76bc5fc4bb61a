from datetime import timedelta

import pytest

from anbu.casework.rota import add_duty, coming, remove_duty
from anbu.errors import NotFound, Refused
from anbu.notify.duty import on_duty
from anbu.store.session import transaction
from tests.conftest import NOON
from tests.console import world

DAY = timedelta(days=1)


@pytest.fixture
def kim(each_database):
    return world.account("kim", "officer", ["안부1동"])


def test_person_on_the_rota_is_the_one_who_is_called(kim):
    with transaction() as db:
        duty = add_duty(db, None, kim, "안부1동", 1, NOON, NOON + DAY, NOON)
        assert [a.login for a in on_duty(db, "안부1동", NOON)] == ["kim"]
        assert on_duty(db, "안부2동", NOON) == []
        assert [d.id for d in coming(db, NOON)] == [duty.id]
        assert coming(db, NOON + 2 * DAY) == []
        remove_duty(db, None, duty.id, NOON)
        assert on_duty(db, "안부1동", NOON) == []
        with pytest.raises(NotFound):
            remove_duty(db, None, duty.id, NOON)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"town": "안부2동"}, "볼 수 없어요"), ({"position": 0}, "1에서 9"), ({"ends_at": NOON - DAY}, "뒤여야"),
        ({"ends_at": NOON + 40 * DAY}, "31일"), ({"account_id": "nobody"}, "골라"),
    ],
)  # fmt: skip
def test_duty_that_cannot_be_stood_is_refused(kim, wrong, why):
    given = {"account_id": kim, "town": "", "position": 1, "starts_at": NOON, "ends_at": NOON + DAY, **wrong}
    with pytest.raises(Refused, match=why), transaction() as db:
        add_duty(db, None, now=NOON, **given)
