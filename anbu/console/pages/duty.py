"""The rota."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from anbu.casework import queue, rota
from anbu.clock import SEOUL
from anbu.console.web import Web, route, see
from anbu.errors import Refused


@route("/duty", "duty")
def duty_page(web: Web) -> Response:
    return web.page(
        "duty.html", duties=rota.coming(web.db, web.now), people=rota.who_can_be_called(web.db),
        towns=queue.towns_of(web.db, web.account), positions=rota.POSITIONS,
    )  # fmt: skip


@route("/duty", "duty", ("POST",), again=duty_page)
def added(web: Web) -> Response:
    position = web.typed("position")
    rota.add_duty(
        web.db, web.account, web.typed("account"), web.typed("town"), int(position) if position.isdigit() else 0,
        _moment(web.typed("starts")), _moment(web.typed("ends")), web.now,
    )  # fmt: skip
    return see("/duty", "saved")


@route("/duty/{duty:int}/remove", "duty", ("POST",), again=duty_page)
def removed(web: Web) -> Response:
    rota.remove_duty(web.db, web.account, web.path["duty"], web.now)
    return see("/duty", "saved")


def _moment(text: str) -> datetime:
    """As a browser's date-and-time field sends it, in Seoul. Raises Refused."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SEOUL)
    except ValueError:
        raise Refused("날짜와 시각을 적어 주세요.") from None
