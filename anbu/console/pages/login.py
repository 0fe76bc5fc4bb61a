"""Signing in and out. These pages are for people not signed in yet, so they are no `@route`s."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from anbu import clock
from anbu.casework.accounts import no_accounts_yet
from anbu.casework.signin import sign_in, sign_out
from anbu.console import limits
from anbu.console.render import render
from anbu.console.web import Web, cookie_name, route, secure, see
from anbu.settings import settings
from anbu.store.session import transaction


async def login(request: Request) -> Response:
    """Show the form, or try what was typed."""
    if request.method == "GET":
        return await run_in_threadpool(show_login, None, 200, local_path(request.query_params.get("next")))
    if not limits.may_try_to_sign_in(request):
        return HTMLResponse(render("too_many.html", me=None), 429)
    form = await request.form(max_files=0, max_fields=10)
    return await run_in_threadpool(_try, str(form.get("login", "")), str(form.get("password", "")), form.get("next"))


def _try(login: str, password: str, then) -> Response:
    with transaction() as db:
        result = sign_in(db, login, password, clock.now())
    if result.token is None:
        return show_login(result.why, 401, local_path(then), login)
    return signed_in(result.token, local_path(then))


def show_login(problem: str | None, status: int, then: str = "/", login: str = "") -> HTMLResponse:
    with transaction() as db:
        empty = no_accounts_yet(db)
    oidc = settings().oidc_name if settings().oidc_issuer and settings().oidc_client_id else None
    page = render("login.html", me=None, problem=problem, next=then, login=login, oidc=oidc, empty=empty)
    return HTMLResponse(page, status)


def signed_in(token: str, then: str = "/") -> RedirectResponse:
    """Hand out the cookie: unreadable for scripts, not sent from other sites, ended with the browser."""
    response = RedirectResponse(then, 303)
    response.set_cookie(cookie_name(), token, httponly=True, samesite="lax", secure=secure(), path="/")
    return response


def local_path(then) -> str:
    """Where to go after signing in: only to a page of ours."""
    ours = isinstance(then, str) and then.startswith("/") and not then.startswith(("//", "/\\")) and "\\" not in then
    return then if ours and "\n" not in then and "\r" not in then else "/"


@route("/logout", "self", ("POST",))
def logout(web: Web) -> Response:
    sign_out(web.db, web.token, web.account, web.now)
    response = see("/login")
    response.delete_cookie(cookie_name(), path="/", secure=secure(), httponly=True, samesite="lax")
    return response


ROUTES = [Route("/login", login, methods=["GET", "POST"])]
