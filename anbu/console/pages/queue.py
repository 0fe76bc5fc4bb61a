"""The queue, its filters and saved views."""

from __future__ import annotations

from sqlalchemy import func, select
from starlette.responses import RedirectResponse, Response

from anbu.assessment.vocabulary import PRIORITIES
from anbu.casework import doublecheck, queue, sampling
from anbu.casework.queue import Filters
from anbu.casework.roles import may
from anbu.console.web import Web, route, see
from anbu.errors import NotFound, Refused
from anbu.store.models import SavedView

HOME = {"writer": "/examples", "auditor": "/audit", "operator": "/accounts"}
MOST_VIEWS = 20


@route("/", "self")
def home(web: Web) -> Response:
    """Everybody's first page."""
    if not may(web.account, "cases"):
        return RedirectResponse(HOME[web.account.role], 303)
    return _queue(web, _filters(web), web.query.get("after"))


@route("/queue/rows", "cases")
def rows(web: Web) -> Response:
    """The list alone, fetched when something changed."""
    filters = _filters(web)
    page = queue.queue_page(web.db, web.account, filters, web.now)
    return web.page("queue_rows.html", page=page, filters=filters, following=_following(filters, page))


@route("/search", "cases")
def search(web: Web) -> Response:
    return see("/")


@route("/search", "cases", ("POST",))
def searched(web: Web) -> Response:
    """A name is searched by POST, so that it stays out of URLs and logs."""
    text = web.typed("search").strip()
    if not text:
        return see("/")
    found = Filters.of({"search": text, "state": web.typed("state", "open")})
    web.audit("queue.searched")
    return _queue(web, found, None)


@route("/views", "cases", ("POST",))
def save_view(web: Web) -> Response:
    name = web.typed("name").strip()[:40]
    filters = Filters.of(web.form, web.form.getlist("priority"))
    if not name:
        raise Refused("저장할 보기의 이름을 적어 주세요.")
    mine = select(SavedView).filter_by(account_id=web.account.id)
    view = web.db.scalars(mine.filter_by(name=name)).first()
    if view is None:
        if web.db.scalar(select(func.count()).select_from(mine.subquery())) >= MOST_VIEWS:
            raise Refused(f"보기는 {MOST_VIEWS}개까지 저장할 수 있어요. 쓰지 않는 것을 지워 주세요.")
        view = SavedView(account_id=web.account.id, name=name, created_at=web.now)
        web.db.add(view)
    view.filters = filters.as_query()
    return see("/", "view_saved", **filters.as_query())


@route("/views/{view:int}/remove", "cases", ("POST",))
def remove_view(web: Web) -> Response:
    view = web.db.scalars(select(SavedView).filter_by(id=web.path["view"], account_id=web.account.id)).first()
    if view is None:
        raise NotFound("그런 보기가 없어요.")
    web.db.delete(view)
    return see("/", "view_removed")


def _filters(web: Web) -> Filters:
    query = {k: v for k, v in web.query.items() if k != "search"}
    return Filters.of(query, web.query.getlist("priority"))


def _queue(web: Web, filters: Filters, after: str | None) -> Response:
    page = queue.queue_page(web.db, web.account, filters, web.now, after)
    views = web.db.scalars(select(SavedView).filter_by(account_id=web.account.id).order_by(SavedView.name))
    return web.page(
        "queue.html", page=page, filters=filters, counts=queue.counts(web.db, web.account, web.now), after=after,
        towns=queue.towns_of(web.db, web.account),
        campaigns=queue.campaigns(web.db), views=list(views), priorities=PRIORITIES,
        following=_following(filters, page), Filters=Filters, **work(web),
    )  # fmt: skip


def _following(filters: Filters, page: queue.Page) -> dict | None:
    return {**filters.as_query(), "after": page.following} if page.following and not filters.search else None


def work(web: Web) -> dict:
    """How much waits elsewhere."""
    checks = doublecheck.how_many_wait(web.db, web.account) if may(web.account, "checks") else 0
    return {"checks": checks, "samples": sampling.how_many_wait(web.db, web.account)}
