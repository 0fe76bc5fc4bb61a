"""What is due: follow-ups and running referrals."""

from __future__ import annotations

from starlette.responses import Response

from anbu.assessment.programmes import programmes
from anbu.casework import followups
from anbu.console.web import Web, route, see


@route("/todo", "cases")
def todo(web: Web) -> Response:
    return web.page(
        "todo.html", follow_ups=followups.due(web.db, web.account), referrals=followups.running(web.db, web.account),
        programmes=programmes(),
    )  # fmt: skip


@route("/todo/{follow_up:int}", "cases", ("POST",), again=todo)
def closed(web: Web) -> Response:
    state, result = web.typed("state", "done"), web.typed("result")
    followups.close_follow_up(web.db, web.account, web.path["follow_up"], state, result, web.now)
    return see("/todo", "closed")


@route("/referrals/{referral}", "cases", ("POST",), again=todo)
def referral_moved(web: Web) -> Response:
    followups.change_referral(
        web.db, web.account, web.path["referral"], web.typed("state"), web.typed("result"), web.now
    )
    return see("/todo", "saved")
