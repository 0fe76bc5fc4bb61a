"""The console as an ASGI application."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from anbu.casework.retention import expire_all
from anbu.casework.watch import Watch
from anbu.console import live, oidc, web
from anbu.console.pages import (  # noqa: F401 they register
    account,
    admin,
    board,
    case,
    checks,
    duty,
    examples,
    login,
    outbox,
    papers,
    queue,
    samples,
    sheets,
    todo,
)
from anbu.console.render import HERE, render
from anbu.console.security import Security

EXPIRE_EVERY_S = 3600
log = structlog.get_logger()


class Static(StaticFiles):
    """Files whose address changes with their content may be kept."""

    def file_response(self, *args, **kwargs):
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def build_app() -> Starlette:
    """The application; the database must have been migrated."""
    routes = [
        *web.ROUTES,
        *login.ROUTES,
        *live.ROUTES,
        *oidc.routes(),
        Route("/healthz", lambda request: PlainTextResponse("ok")),
        Mount("/static", Static(directory=HERE / "static")),
    ]
    app = Starlette(
        lifespan=_lifespan,
        routes=routes,
        middleware=[Middleware(Security), *oidc.middleware()],
        exception_handlers={HTTPException: _http_error, 500: _broken},
    )
    app.state.watcher = live.Watcher()
    return app


@asynccontextmanager
async def _lifespan(app: Starlette):
    """While the console runs, words past their time are removed every hour, and deadlines are watched.

    The engine watches them too: pages leave as long as one of the two is up.
    """
    task, watch = asyncio.create_task(_expire_words()), Watch().start()
    yield
    task.cancel()
    await run_in_threadpool(watch.stop)


async def _expire_words() -> None:
    while True:
        try:
            await run_in_threadpool(expire_all)
        except Exception as error:  # tried again in an hour
            log.error("words not expired", error=type(error).__name__)
        await asyncio.sleep(EXPIRE_EVERY_S)


def _http_error(request: Request, error: HTTPException) -> HTMLResponse:
    message = {404: "그런 화면이 없어요.", 405: "그렇게는 열 수 없는 화면이에요."}.get(
        error.status_code, "잘못된 요청이에요."
    )
    return HTMLResponse(render("error.html", me=None, message=message), error.status_code)


def _broken(request: Request, error: Exception) -> HTMLResponse:
    """Nothing of the error reaches the page: it may carry a resident's words."""
    message = "화면을 만들다 문제가 생겼어요. 저장하지 못했을 수 있으니 다시 확인해 주세요."
    return HTMLResponse(render("error.html", me=None, message=message), 500)
