"""The page of a case, and what its holder does there."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from anbu.assessment.programmes import matching, programmes, to_ask
from anbu.assessment.vocabulary import PRIORITIES
from anbu.casework import casefile, decide, take
from anbu.casework.decide import DECISIONS, FOLLOW_UP_KINDS, Decision
from anbu.console import evidence
from anbu.console.web import Web, route, see
from anbu.errors import NotFound, Refused
from anbu.store.models import Correction, Review

QUESTIONS = 5


@route("/cases/{case}", "cases")
def case_page(web: Web) -> Response:
    """The case; the transcript when it is asked for or was opened before."""
    case = casefile.find_case(web.db, web.account, web.path["case"])
    opened = casefile.transcript_opened(web.db, case, web.account) is not None
    show = opened or web.query.get("transcript") == "1"
    casefile.note_look(web.db, case, web.account, "page", web.now)
    if show:
        casefile.note_look(web.db, case, web.account, "transcript", web.now)
    web.audit("transcript.seen" if show else "case.seen", "case", case.id)
    file = casefile.open_file(web.db, case)
    waiting = file.waiting_review()
    mine = case.state == "open" and case.holder_id == web.account.id
    return web.page(
        "case.html", file=file, case=case, transcript=show, mine=mine, waiting=waiting,
        turns=evidence.turns(file) if show else [], anchors=evidence.anchors(file),
        may_check=waiting is not None and waiting.reviewer_id != web.account.id,
        matches=matching(file.levels, file.standing, case.town or ""), programmes=programmes(),
        questions=to_ask({**file.levels, "call_pattern": 0})[:QUESTIONS],  # the pattern of calls is not asked
        decisions=DECISIONS, dated=set(FOLLOW_UP_KINDS), priorities=PRIORITIES, last_review=_last(file.reviews),
    )  # fmt: skip


@route("/cases/{case}/take", "cases", ("POST",), again=case_page)
def taken(web: Web) -> Response:
    case = casefile.find_case(web.db, web.account, web.path["case"])
    take.take(web.db, case, web.account, web.now)
    return see(f"/cases/{case.id}", "taken")


@route("/cases/{case}/release", "cases", ("POST",), again=case_page)
def released(web: Web) -> Response:
    case = casefile.find_case(web.db, web.account, web.path["case"])
    take.release(web.db, case, web.account, web.now)
    return see(f"/cases/{case.id}", "released")


@route("/cases/{case}/corrections", "cases", ("POST",), again=case_page)
def corrected(web: Web) -> Response:
    """Overturn a level, or a signal."""
    case = casefile.find_case(web.db, web.account, web.path["case"])
    reason = web.typed("reason")
    if web.typed("kind") == "factor":
        level = web.typed("level")
        if level not in ("unknown", "0", "1", "2", "3"):
            raise Refused("단계를 골라 주세요.")
        after = None if level == "unknown" else int(level)
        decide.correct_level(web.db, case, web.account, web.typed("code"), after, reason, web.now)
    else:
        stands = web.typed("stands") == "1"
        quote = web.typed("quote")
        decide.correct_signal(web.db, case, web.account, web.typed("code"), stands, reason, web.now, quote)
    return see(f"/cases/{case.id}", "corrected", "#levels")


@route("/cases/{case}/corrections/{correction:int}/withdraw", "cases", ("POST",), again=case_page)
def withdrawn(web: Web) -> Response:
    case = casefile.find_case(web.db, web.account, web.path["case"])
    correction = web.db.get(Correction, web.path["correction"])
    if correction is None:
        raise NotFound("그런 고침이 없어요.")
    decide.withdraw(web.db, case, web.account, correction, web.now)
    return see(f"/cases/{case.id}", "withdrawn", "#levels")


@route("/cases/{case}/decision", "cases", ("POST",), again=case_page)
def decided(web: Web) -> Response:
    case = casefile.find_case(web.db, web.account, web.path["case"])
    given = Decision(
        web.typed("decision"), web.typed("reason"), web.typed("note"), day_of(web.typed("on")), web.typed("programme")
    )
    review = decide.decide(web.db, case, web.account, given, version_of(web), web.now)
    return see(f"/cases/{case.id}", "decided_checking" if review.needs_check else "decided")


def day_of(text: str) -> date | None:
    """A day as a browser's date field sends it. Raises Refused."""
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError:
        raise Refused("날짜를 2026-11-23 처럼 적어 주세요.") from None


def version_of(web: Web) -> int:
    """The version of the case the form was made from. Raises Refused."""
    text = web.typed("version")
    if not text.isdigit() or len(text) > 9:
        raise Refused("화면을 새로 열어 다시 해 주세요.")
    return int(text)


def _last(reviews: list[Review]) -> Review | None:
    return reviews[0] if reviews else None
