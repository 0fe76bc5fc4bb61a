"""For the scriptwriter: words that people read otherwise than the machine, without names."""

from __future__ import annotations

from starlette.responses import Response

from anbu.casework.examples import as_yaml, examples
from anbu.casework.queue import towns_of
from anbu.console.download import attached
from anbu.console.pages.board import period_of, query_of
from anbu.console.web import Web, route


@route("/examples", "examples")
def examples_page(web: Web) -> Response:
    period = period_of(web)
    web.audit("examples.seen")
    return web.page(
        "examples.html", found=examples(web.db, web.account, period), period=period, query=query_of(period),
        towns=towns_of(web.db, web.account),
    )  # fmt: skip


@route("/examples.yml", "examples")
def examples_file(web: Web) -> Response:
    period = period_of(web)
    found = examples(web.db, web.account, period)
    web.audit("examples.exported", count=len(found))
    return attached(as_yaml(found, period).encode(), f"안부 고칠 말 {period.first} {period.last}.yml")
