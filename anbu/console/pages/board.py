"""The board: figures by town and period, charts, CSV."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from starlette.responses import Response

from anbu.assessment.vocabulary import PRIORITIES
from anbu.casework import accord, board, figures, queue
from anbu.casework.board import Board, Period
from anbu.clock import SEOUL
from anbu.console import charts
from anbu.console.web import Web, route
from anbu.errors import NotFound, Refused
from anbu.sheets.tables import as_csv

FRESH = timedelta(seconds=30)  # the page and its charts show one and the same count
KEPT = 200
_kept: dict[tuple, tuple] = {}
_lock = threading.Lock()


@route("/board", "board")
def board_page(web: Web) -> Response:
    try:
        period, wrong = _period(web), None
    except Refused as error:
        period, wrong = Period.of("", "", "", web.now.astimezone(SEOUL).date()), str(error)
    found = _figures(web, period)
    web.audit("board.seen", town=period.town or None)
    query = {"first": period.first, "last": period.last, "town": period.town}
    return web.page(
        "board.html", status=422 if wrong else 200, found=found, period=period, wrong=wrong, query=query,
        towns=queue.towns_of(web.db, web.account), priorities=PRIORITIES,
        accord=_fresh(web, period, "accord", lambda: accord.accord(web.db, web.account, period)),
    )  # fmt: skip


@route("/board/{chart}.svg", "board")
def chart(web: Web) -> Response:
    drawn = charts.draw(web.path["chart"], _figures(web, _period(web)))
    if drawn is None:
        raise NotFound("그런 그림이 없어요.")
    policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"  # a picture with colours of its own, no script
    return Response(drawn, media_type="image/svg+xml", headers={"content-security-policy": policy})


@route("/board.csv", "board")
def as_table(web: Web) -> Response:
    period = _period(web)
    web.audit("board.seen", csv=True, town=period.town or None)
    content = as_csv(figures.HEADER, figures.rows(_figures(web, period)))
    name = f"anbu-{period.first}-{period.last}.csv"
    return Response(
        content, media_type="text/csv; charset=utf-8", headers={"content-disposition": f'attachment; filename="{name}"'}
    )


def _period(web: Web) -> Period:
    query = web.query
    today = web.now.astimezone(SEOUL).date()
    return Period.of(query.get("first", ""), query.get("last", ""), query.get("town", ""), today)


def _figures(web: Web, period: Period) -> Board:
    return _fresh(web, period, "figures", lambda: board.board(web.db, web.account, period, web.now))


def _fresh(web: Web, period: Period, what: str, count: Callable[[], object]):
    """What was counted within the last FRESH for the same towns, or counted now."""
    scope = "all" if web.account.all_towns else tuple(web.account.town_names)
    key = (str(web.db.get_bind().url), what, scope, period)
    with _lock:
        at, found = _kept.get(key, (None, None))
    if at is not None and timedelta(0) <= web.now - at < FRESH:
        return found
    found = count()
    with _lock:
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[key] = (web.now, found)
    return found
