"""The board: figures and charts by town and period, agreement by factor, and what was read otherwise."""

from __future__ import annotations

import threading
from datetime import datetime
from urllib.parse import urlencode

from starlette.responses import Response

from anbu.assessment.vocabulary import PRIORITIES
from anbu.casework import figures
from anbu.casework.accord import accord
from anbu.casework.board import Board, Period, board
from anbu.casework.examples import as_yaml, examples
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
    period = _period(web)
    web.audit("board.seen")
    return web.page(
        "board.html", board=_board(web, period), period=period, towns=towns_of(web.db, web.account),
        priorities=PRIORITIES, query=_query(period),
    )  # fmt: skip


@route("/board/charts/{chart}", "board")
def chart(web: Web) -> Response:
    draw = CHARTS.get(web.path["chart"])
    if draw is None:
        raise NotFound("그런 그림이 없어요.")
    return Response(draw(_board(web, _period(web))), media_type="image/svg+xml", headers=IMAGE_POLICY)


@route("/board.csv", "board")
def board_csv(web: Web) -> Response:
    period = _period(web)
    web.audit("board.exported", first=str(period.first), last=str(period.last))
    data = as_csv(figures.HEADER, figures.rows(_board(web, period)))
    return attached(data, f"안부 현황 {period.first} {period.last} {period.town}.csv")


@route("/agreement", "board")
def agreement_page(web: Web) -> Response:
    period = _period(web)
    return web.page(
        "agreement.html", rows=accord(web.db, web.account, period), period=period, query=_query(period),
        towns=towns_of(web.db, web.account),
    )  # fmt: skip


@route("/examples", "examples")
def examples_page(web: Web) -> Response:
    period = _period(web)
    web.audit("examples.seen")
    return web.page(
        "examples.html", found=examples(web.db, web.account, period), period=period, query=_query(period),
        towns=towns_of(web.db, web.account),
    )  # fmt: skip


@route("/examples.yml", "examples")
def examples_file(web: Web) -> Response:
    period = _period(web)
    found = examples(web.db, web.account, period)
    web.audit("examples.exported", count=len(found))
    return attached(as_yaml(found, period).encode(), f"안부 고칠 말 {period.first} {period.last}.yml")


def _period(web: Web) -> Period:
    today = web.now.astimezone(SEOUL).date()
    return Period.of(web.query.get("first", ""), web.query.get("last", ""), web.query.get("town", ""), today)


def _query(period: Period) -> str:
    return urlencode({k: v for k, v in (("first", period.first), ("last", period.last), ("town", period.town)) if v})


def _board(web: Web, period: Period) -> Board:
    """The figures as they were within this minute, so that the page and its charts are counted once."""
    minute = web.now.replace(second=0, microsecond=0)
    key = (web.account.id, period, minute)
    with _lock:
        found = _counted.get(key)
    if found is None:
        found = board(web.db, web.account, period, minute)
        with _lock:
            for old in [k for k in _counted if k[2] != minute]:
                del _counted[old]
            _counted[key] = found
    return found


_counted: dict[tuple[str, Period, datetime], Board] = {}
_lock = threading.Lock()
