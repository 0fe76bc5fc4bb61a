"""The double check: decisions that wait for a second person."""

from __future__ import annotations

from starlette.responses import Response

from anbu.casework import casefile, doublecheck
from anbu.console.pages.case import case_page, version_of
from anbu.console.web import Web, route, see


@route("/checks", "checks")
def waiting(web: Web) -> Response:
    return web.page("checks.html", reviews=doublecheck.waiting(web.db, web.account))


@route("/cases/{case}/check", "checks", ("POST",), again=case_page)
def checked(web: Web) -> Response:
    case = casefile.find_case(web.db, web.account, web.path["case"])
    verdict = web.typed("verdict")
    doublecheck.double_check(
        web.db, case, web.account, verdict, version_of(web), web.now, reason=web.typed("reason"),
        decision=web.typed("decision"), priority=web.typed("priority"),
    )  # fmt: skip
    return see("/checks", verdict)
