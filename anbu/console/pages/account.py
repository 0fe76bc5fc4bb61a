"""One's own account: the password."""

from __future__ import annotations

from starlette.responses import Response

from anbu.casework.accounts import change_own_password, end_sessions
from anbu.casework.signin import session_hash
from anbu.console.web import Web, route, see
from anbu.errors import Refused


@route("/password", "self")
def password(web: Web) -> Response:
    return web.page("password.html")


@route("/password", "self", ("POST",), again=password)
def change(web: Web) -> Response:
    new = web.typed("new")
    if new != web.typed("again"):
        raise Refused("새 비밀번호 두 칸이 서로 달라요.")
    change_own_password(web.db, web.account, web.typed("old"), new, web.now)
    end_sessions(web.db, web.account, keep=session_hash(web.token))
    return see("/", "password_changed")
