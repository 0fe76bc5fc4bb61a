"""What was paged to whom, and whether it arrived."""

from __future__ import annotations

from sqlalchemy import func, select
from starlette.responses import Response

from anbu.casework.roles import in_towns
from anbu.console.web import Web, route
from anbu.store.models import Account, Case, Outbox

PAGE = 100


@route("/outbox", "outbox")
def outbox(web: Web) -> Response:
    """The latest pages; those that fail first. Cases are shown by number only: 운영 sees no residents."""
    here = in_towns(web.account, Case.town)
    query = (
        select(Outbox, Account)
        .outerjoin(Account, Account.id == Outbox.account_id)
        .join(Case, Case.id == Outbox.case_id)
        .where(here)
    )
    troubled = Outbox.state.in_(("failing", "given_up"))
    failing = web.db.execute(query.where(troubled).order_by(Outbox.id.desc()).limit(PAGE)).all()
    latest = web.db.execute(query.where(~troubled).order_by(Outbox.id.desc()).limit(PAGE)).all()
    numbers = select(Outbox.state, func.count()).join(Case, Case.id == Outbox.case_id).where(here)
    counts = dict(web.db.execute(numbers.group_by(Outbox.state)).all())
    return web.page("outbox.html", failing=failing, latest=latest, counts=counts)
