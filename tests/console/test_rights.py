"""Every address as every role, other towns, and the ways around a page."""

from __future__ import annotations

import re

import pytest

from anbu.casework import casefile, decide, take
from anbu.casework.decide import Decision
from anbu.console import web
from anbu.store.models import Account, AuditEntry, Case, FollowUp, Referral, Resident, Sample
from anbu.store.session import transaction
from tests.conftest import NOON
from tests.console import world

ROLE_OF = {"kim": "officer", "park": "manager", "yoon": "writer", "jung": "auditor", "choi": "operator"}
# What each permission is for; a page that is not in the table of routes fails the test below.
ALLOWED = {
    "cases": {"kim", "park"}, "checks": {"park"}, "samples": {"kim", "park"}, "residents": {"kim", "park"},
    "erase": {"park"}, "board": {"kim", "park", "jung", "choi"}, "examples": {"park", "yoon"}, "audit": {"jung"},
    "accounts": {"choi"}, "outbox": {"park", "choi"}, "duty": {"park", "choi"}, "self": set(ROLE_OF),
}  # fmt: skip


@pytest.fixture
def town(people, configure):
    """A case in each of two towns, a sample, a follow-up and a referral; → ids."""
    configure(SAMPLE_SHARE=1)
    with transaction() as db:
        here = world.case_of(db, world.call(db, "최은희", world.HUNGRY, phone="+821000002222"))
        there = world.case_of(db, world.call(db, "강순덕", world.CHEST, town="안부2동"))
        world.call(db, "오복자", [], town="안부1동")
        db.flush()
        kim = db.get(Account, people["kim"])
        take.take(db, here, kim, NOON)
        casefile.note_look(db, here, kim, "transcript", NOON)
        given = Decision("refer", "굶고 계셔서 바로 이어 드립니다", "", NOON.date(), "foodbank")
        decide.decide(db, here, kim, given, here.version, NOON)
        return {
            "case": here.id, "there": there.id, "resident": here.resident_id, "sample": db.query(Sample).one().id,
            "follow_up": db.query(FollowUp).one().id, "referral": db.query(Referral).one().id,
            "account": people["kim"], "view": 1, "duty": 1, "correction": 1, "list": 1, "chart": "x", "kind": "x",
            "format": "pdf",
        }  # fmt: skip


def addresses():
    return [(method, route) for route in web.ROUTES for method in sorted(route.methods - {"HEAD"})]


def fill(route, ids: dict) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda m: str(ids[m[1]]), route.path)


def permission_of(route) -> str:
    return route.endpoint.permission


@pytest.mark.parametrize("login", sorted(ROLE_OF))
def test_every_address_lets_in_only_the_roles_it_is_for(login, town, browser):
    page = browser(login)
    token = page.token()
    for method, route in addresses():
        if route.path == "/logout":
            continue
        address, allowed = fill(route, town), login in ALLOWED[permission_of(route)]
        answer = page.request(
            method, address, data={"form_token": token} if method == "POST" else None, follow_redirects=False
        )
        assert (answer.status_code == 403) is not allowed, (login, method, address, answer.status_code)
        assert answer.status_code < 500, (method, address)


def test_no_address_is_open_without_signing_in(town, browser):
    for method, route in addresses():
        answer = browser().request(method, fill(route, town), follow_redirects=False)
        assert answer.status_code == 303, (method, route.path)
        assert answer.headers["location"].startswith("/login"), route.path


def test_every_form_needs_its_token(town, browser):
    page = browser("park")
    for method, route in addresses():
        if method == "POST":
            for data in ({}, {"form_token": "0" * 64}):
                answer = page.post(fill(route, town), data=data, follow_redirects=False)
                assert answer.status_code == 403, route.path


def test_officer_cannot_reach_another_towns_residents(town, browser, people):
    with transaction() as db:
        there = db.get(Case, town["there"])
        strange = {
            **town, "case": there.id, "resident": there.resident_id, "sample": sample_there(db),
        }  # fmt: skip
    page = browser("kim")
    token = page.token()
    for method, route in addresses():
        if not re.search(r"\{(case|resident|sample)", route.path) or "kim" not in ALLOWED[permission_of(route)]:
            continue
        data = {"form_token": token, "reason": "다른 동의 사례", "kind": "factor", "code": "meals", "level": "0"}
        answer = page.request(method, fill(route, strange), data=data if method == "POST" else None)
        assert answer.status_code == 404, (method, route.path)
        assert "강순덕" not in answer.text
    assert "강순덕" not in page.get("/").text
    assert "강순덕" not in page.get("/?town=안부2동").text
    assert "찾으시는 사례가 없어요" in page.submit("/search", search="강순덕").text
    with transaction() as db:
        assert db.get(Case, town["there"]).holder_id is None


def sample_there(db) -> str:
    call = world.call(db, "서미자", [], town="안부2동")
    return db.query(Sample).filter_by(call_id=call.id).one().id


def test_other_towns_work_cannot_be_closed(town, browser):
    page = browser("lee")
    assert page.submit(f"/todo/{town['follow_up']}", result="다녀왔습니다", state="done").status_code == 404
    assert page.submit(f"/referrals/{town['referral']}", result="다녀왔습니다", state="helped").status_code == 404


def test_case_of_no_known_town_is_seen_by_every_officer(people, browser):
    with transaction() as db:
        case = world.case_of(db, world.call(db, "이름모름", world.CHEST, town=None))
    for login in ("kim", "lee"):
        assert browser(login).get(f"/cases/{case.id}").status_code == 200


def test_denied_visits_are_in_the_audit_log_without_their_contents(town, browser, people):
    browser("yoon").get(f"/cases/{town['case']}")
    with transaction() as db:
        entry = db.query(AuditEntry).filter_by(action="denied").one()
        assert (entry.account_id, entry.subject_id) == (people["yoon"], f"/cases/{town['case']}"[:64])


def test_changed_towns_end_the_sessions_that_saw_more(town, browser, people):
    kim, ops = browser("kim"), browser("choi")
    assert kim.get(f"/cases/{town['case']}").status_code == 200
    ops.submit(f"/accounts/{people['kim']}", name="김담당", role="officer", towns="안부3동", active="1")
    assert kim.get(f"/cases/{town['case']}", follow_redirects=False).status_code == 303
    assert browser("kim").get(f"/cases/{town['case']}").status_code == 404


def test_pages_say_what_a_browser_may_do_with_them(town, browser):
    headers = browser("kim").get("/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_templates_hold_no_inline_script_or_style(town, browser, people):
    page = browser("park")
    for address in ("/", "/checks", "/samples", "/todo", f"/cases/{town['case']}?transcript=1", "/board", "/outbox"):
        text = page.get(address).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|javascript:", text), address


def test_forms_from_elsewhere_and_huge_ones_are_turned_away(town, browser):
    page = browser("kim")
    data = {"form_token": page.token()}
    elsewhere = page.post(f"/cases/{town['case']}/take", data=data, headers={"origin": "https://evil.example"})
    assert elsewhere.status_code == 403
    assert page.post("/search", data={**data, "search": "가" * 1_000_000}).status_code == 413


def test_a_town_cannot_be_widened_by_the_query(town, browser):
    with transaction() as db:
        other = db.query(Resident).filter_by(town="안부2동").first().id
    assert browser("kim").get(f"/residents/{other}").status_code == 404
