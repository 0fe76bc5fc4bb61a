"""The board: figures and charts by town and period, and agreement by factor."""

from __future__ import annotations

import threading
from urllib.parse import urlencode

from starlette.responses import Response

from anbu.assessment.vocabulary import PRIORITIES
from anbu.casework import figures
from anbu.casework.accord import accord
from anbu.casework.board import Board, Period, board
from anbu.casework.queue import towns_of
from anbu.clock import SEOUL
from anbu.console.charts import CHARTS
from anbu.console.download import attached
from anbu.console.web import Web, route
from anbu.errors import NotFound
from anbu.sheets.tables import as_csv

# An image of our own: its styles are inside it, and it can do nothing else.
IMAGE_POLICY = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'", "cache-control": "no-store"}


@route("/board", "board")
def board_page(web: Web) -> Response:
    period = period_of(web)
    web.audit("board.seen")
    return web.page(
        "board.html", board=_board(web, period), period=period, towns=towns_of(web.db, web.account),
        priorities=PRIORITIES, query=query_of(period),
    )  # fmt: skip


@route("/board/charts/{chart}", "board")
def chart(web: Web) -> Response:
    draw = CHARTS.get(web.path["chart"])
    if draw is None:
        raise NotFound("그런 그림이 없어요.")
    return Response(draw(_board(web, period_of(web))), media_type="image/svg+xml", headers=IMAGE_POLICY)


@route("/board.csv", "board")
def board_csv(web: Web) -> Response:
    period = period_of(web)
    web.audit("board.exported", first=str(period.first), last=str(period.last))
    data = as_csv(figures.HEADER, figures.rows(_board(web, period)))
    return attached(data, f"안부 현황 {period.first} {period.last} {period.town}.csv")


@route("/agreement", "board")
def agreement_page(web: Web) -> Response:
    period = period_of(web)
    return web.page(
        "agreement.html", rows=accord(web.db, web.account, period), period=period, query=query_of(period),
        towns=towns_of(web.db, web.account),
    )  # fmt: skip


def period_of(web: Web) -> Period:
    """The period and town of the query string. Raises Refused."""
    today = web.now.astimezone(SEOUL).date()
    return Period.of(web.query.get("first", ""), web.query.get("last", ""), web.query.get("town", ""), today)


def query_of(period: Period) -> str:
    """The same as a query string."""
    return urlencode({k: v for k, v in (("first", period.first), ("last", period.last), ("town", period.town)) if v})


def _board(web: Web, period: Period) -> Board:
    """The figures as they were within this minute, so that the page and its charts are counted once."""
    minute = web.now.replace(second=0, microsecond=0)
    scope = "all" if web.account.all_towns else tuple(web.account.town_names)
    key = (str(web.db.get_bind().url), scope, period, minute)
    with _lock:
        found = _counted.get(key)
    if found is None:
        found = board(web.db, web.account, period, minute)
        with _lock:
            for old in [k for k in _counted if k[-1] != minute]:
                del _counted[old]
            _counted[key] = found
    return found


_counted: dict[tuple, Board] = {}
_lock = threading.Lock()
