"""Accounts (운영), the audit log (감사), and a resident's record with their right to be forgotten (관리자)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import selectinload
from starlette.responses import Response

from anbu.casework import accounts, audit
from anbu.casework.residents import find_resident, record_of
from anbu.casework.retention import erase_resident
from anbu.casework.roles import ROLES
from anbu.console.web import Web, route, see
from anbu.store.models import Account, AuditEntry

PAGE = 100


@route("/accounts", "accounts")
def account_list(web: Web) -> Response:
    people = web.db.scalars(select(Account).order_by(Account.login).options(selectinload(Account.towns)))
    return web.page("accounts.html", people=list(people), roles=ROLES)


@route("/accounts", "accounts", ("POST",), again=account_list)
def account_made(web: Web) -> Response:
    accounts.make_account(
        web.db, web.typed("login"), web.typed("name"), web.typed("role"), web.now,
        password=web.typed("password") or None, towns=_towns(web), all_towns=web.typed("all_towns") == "1",
        by=web.account,
    )  # fmt: skip
    return see("/accounts", "account_made")


@route("/accounts/{account}", "accounts")
def account_page(web: Web) -> Response:
    person = accounts.find_account(web.db, web.path["account"])
    return web.page("account.html", person=person, roles=ROLES)


@route("/accounts/{account}", "accounts", ("POST",), again=account_page)
def account_changed(web: Web) -> Response:
    accounts.change_account(
        web.db, accounts.find_account(web.db, web.path["account"]), web.account, web.now, name=web.typed("name"),
        role=web.typed("role"), towns=_towns(web), all_towns=web.typed("all_towns") == "1",
        active=web.typed("active") == "1", phone=web.typed("phone").strip(), email=web.typed("email").strip(),
        password=web.typed("password") or None,
    )  # fmt: skip
    return see("/accounts", "saved")


@route("/audit", "audit")
def audit_log(web: Web) -> Response:
    """The newest entries first, page by page."""
    before = web.query.get("before", "")
    query = select(AuditEntry, Account).outerjoin(Account, Account.id == AuditEntry.account_id)
    if before.isdigit() and len(before) < 10:
        query = query.where(AuditEntry.n < int(before))
    if who := web.query.get("who"):
        query = query.where(AuditEntry.account_id == who[:32])
    if subject := web.query.get("subject"):
        query = query.where(AuditEntry.subject_id == subject[:64])
    entries = web.db.execute(query.order_by(AuditEntry.n.desc()).limit(PAGE)).all()
    people = web.db.scalars(select(Account).order_by(Account.login)).all()
    web.audit("audit.seen")
    return web.page(
        "audit.html", entries=entries, people=people, who=who or "", subject=subject or "", verdict=None,
        following=entries[-1][0].n if len(entries) == PAGE else None,
    )  # fmt: skip


@route("/audit", "audit", ("POST",))
def audit_verified(web: Web) -> Response:
    verdict = audit.verify(web.db, web.typed("expected").strip() or None)
    web.account = web.db.get(Account, web.account.id)
    web.audit("audit.verified", entries=verdict.entries, sound=verdict.problem is None)
    return web.page("audit.html", entries=[], people=[], who="", subject="", verdict=verdict, following=None)


@route("/residents/{resident}", "residents")
def resident_page(web: Web) -> Response:
    resident = find_resident(web.db, web.account, web.path["resident"])
    web.audit("resident.seen", "resident", resident.id)
    return web.page("resident.html", resident=resident, calls=record_of(web.db, resident))


@route("/residents/{resident}/erase", "erase", ("POST",), again=resident_page)
def erased(web: Web) -> Response:
    resident = find_resident(web.db, web.account, web.path["resident"])
    erase_resident(web.db, resident.id, web.account, web.typed("reason"), web.now)
    return see(f"/residents/{resident.id}", "erased")


def _towns(web: Web) -> list[str]:
    return web.typed("towns").replace("\n", ",").split(",")
