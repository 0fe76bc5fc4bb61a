"""How a page is made: session, role, form token and rate limit are checked here, then the page runs in a transaction.

A page is `def page(web: Web) -> Response`, registered with `@route`. It runs in a worker thread; it never commits.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from urllib.parse import urlencode

import structlog
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from anbu import clock
from anbu.casework.audit import record
from anbu.casework.roles import may, require
from anbu.casework.signin import form_token, who
from anbu.console import limits
from anbu.console.render import render
from anbu.errors import AnbuError, Forbidden, NotFound, Refused, Stale
from anbu.settings import settings
from anbu.store.models import Account
from anbu.store.session import transaction

log = structlog.get_logger()
ROUTES: list[Route] = []
MAY_WITH_AN_OLD_PASSWORD = ("/password", "/logout")


def cookie_name() -> str:
    """The `__Host-` prefix binds the cookie to this host and to https."""
    return "__Host-anbu" if secure() else "anbu"


def secure() -> bool:
    """Whether the console is served over https."""
    return settings().console_url.startswith("https://")


@dataclass
class Web:
    """One request of a signed-in person, with the transaction it runs in."""

    request: Request
    db: Session
    account: Account
    now: datetime
    form: FormData
    token: str
    problem: AnbuError | None = None  # why the form is shown again
    context: dict = field(default_factory=dict)
    seen: list[tuple] = field(default_factory=list)  # for the audit log, written when the page is made

    @property
    def path(self) -> dict:
        return self.request.path_params

    @property
    def query(self):
        return self.request.query_params

    def typed(self, name: str, default: str = "") -> str:
        """A field of the form as text."""
        value = self.form.get(name, default)
        return value if isinstance(value, str) else default

    def audit(self, action: str, subject: str | None = None, subject_id: str | None = None, **detail) -> None:
        """Note what was seen. Written last: writers queue at the log until they commit, and a page takes its time."""
        self.seen.append((action, subject, subject_id, detail))

    def page(self, template: str, status: int = 200, **context) -> HTMLResponse:
        """Render a template with what every page needs."""
        status = {Stale: 409}.get(type(self.problem), 422) if self.problem and status == 200 else status
        given = {
            "me": self.account, "now": self.now, "may": lambda p: may(self.account, p), "path": self.request.url.path,
            "form_token": form_token(self.token), "problem": str(self.problem) if self.problem else None,
            "said": self.query.get("said"), "typed": self.typed, **self.context, **context,
        }  # fmt: skip
        return HTMLResponse(render(template, **given), status)


def see(path: str, said: str | None = None, fragment: str = "", **query) -> RedirectResponse:
    """Go on to a page after a form was taken."""
    query = {k: v for k, v in {**query, "said": said}.items() if v}
    return RedirectResponse(path + ("?" + urlencode(query, doseq=True) if query else "") + fragment, 303)


def route(path: str, permission: str, methods: tuple[str, ...] = ("GET",), *, again: Callable | None = None, **more):
    """Register a page. `again`: the page that shows a refused form once more, with what was typed."""

    def register(page: Callable[[Web], Response]):
        @wraps(page)
        async def endpoint(request: Request) -> Response:
            if not limits.allowed(request):
                return _plain("too_many.html", 429)
            form = await request.form(max_files=1, max_fields=400) if request.method == "POST" else FormData()
            return await run_in_threadpool(_answer, request, form, page, permission, again)

        endpoint.permission = permission
        ROUTES.append(Route(path, endpoint, methods=list(methods), **more))
        return page

    return register


def _answer(request: Request, form: FormData, page, permission: str, again) -> Response:
    """Run a page; a refused form is shown again in a transaction of its own, after the first was undone."""
    try:
        return _run(request, form, page, permission, None)
    except Refused as error:
        if again is not None:
            return _run(request, form, again, permission, error)
        return _plain("error.html", 409 if isinstance(error, Stale) else 422, message=str(error))
    except Forbidden as error:
        _note_denied(request)
        return _plain("error.html", 403, message=str(error))
    except NotFound as error:
        return _plain("error.html", 404, message=str(error))


def _run(request: Request, form: FormData, page, permission: str, problem: AnbuError | None) -> Response:
    now, token = clock.now(), request.cookies.get(cookie_name())
    with transaction() as db:
        account = who(db, token, now)
        if account is None:
            return _sign_in_first(request, form)
        if request.method == "POST" and not hmac.compare_digest(
            str(form.get("form_token", "")).encode(), form_token(token).encode()
        ):
            raise Forbidden("이 양식은 이 로그인에서 연 것이 아니에요. 화면을 새로 열어 다시 해 주세요.")
        if account.must_change_password and request.url.path not in MAY_WITH_AN_OLD_PASSWORD:
            return see("/password")
        require(account, permission)
        web = Web(request, db, account, now, form, token, problem)
        response = page(web)
        for action, subject, subject_id, detail in web.seen:
            record(db, account, action, now, subject, subject_id, **detail)
        return response


def _sign_in_first(request: Request, form: FormData) -> Response:
    """To the sign-in page; what was typed into a form whose session has ended is given back, to be copied."""
    written = [v for k, v in form.items() if k in ("reason", "note", "result", "quote") and isinstance(v, str) and v]
    if written:
        return _plain("signed_out.html", 401, written=written)
    back = request.url.path if request.method == "GET" else "/"
    return see("/login", next=back if back != "/" else None)


def _note_denied(request: Request) -> None:
    with transaction() as db:
        account = who(db, request.cookies.get(cookie_name()), clock.now(), touch=False)
        record(db, account, "denied", clock.now(), "page", request.url.path[:64], method=request.method)


def _plain(template: str, status: int, **context) -> HTMLResponse:
    """A page for somebody who may not be signed in."""
    return HTMLResponse(render(template, me=None, **context), status)
