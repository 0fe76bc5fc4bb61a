"""For the scriptwriter: words that people read otherwise than the machine, without names."""

from __future__ import annotations

from starlette.responses import Response

from anbu.casework import examples
from anbu.casework.board import Period
from anbu.clock import SEOUL
from anbu.console.web import Web, route

SHOWN = 200


@route("/examples", "examples")
def example_page(web: Web) -> Response:
    period = _period(web)
    found = examples.examples(web.db, web.account, period)
    web.audit("examples.exported", shown=len(found))
    return web.page("examples.html", found=found[:SHOWN], total=len(found), period=period)


@route("/examples.yml", "examples")
def as_yaml(web: Web) -> Response:
    period = _period(web)
    found = examples.examples(web.db, web.account, period)
    web.audit("examples.exported", exported=len(found))
    name = f"anbu-examples-{period.first}-{period.last}.yml"
    return Response(
        examples.as_yaml(found, period), media_type="application/yaml; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


def _period(web: Web) -> Period:
    query = web.query
    return Period.of(query.get("first", ""), query.get("last", ""), "", web.now.astimezone(SEOUL).date())
