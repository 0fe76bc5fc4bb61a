"""The blind second look: a call is scored from its words alone; the machine's score is shown only afterwards."""

from __future__ import annotations

from sqlalchemy import select
from starlette.responses import Response

from anbu.assessment.vocabulary import vocabulary
from anbu.casework import sampling
from anbu.console.web import Web, route, see
from anbu.errors import Refused
from anbu.store.models import Turn

UNASKED = "call_pattern"  # computed from the record, not heard
UNHEARD = ("line_lost", "unreachable")


@route("/samples", "samples")
def waiting(web: Web) -> Response:
    return web.page("samples.html", samples=sampling.waiting(web.db, web.account))


@route("/samples/{sample}", "samples")
def sample_page(web: Web) -> Response:
    """The words; with the machine's score only once this sample was scored."""
    sample = sampling.find_sample(web.db, web.account, web.path["sample"])
    web.audit("sample.seen", "sample", sample.id)
    turns = web.db.scalars(select(Turn).filter_by(call_id=sample.call_id).order_by(Turn.at, Turn.n))
    factors = [f for f in vocabulary().factors.values() if f.key != UNASKED]
    signals = [s for s in vocabulary().signals.values() if s.code not in UNHEARD]
    return web.page("sample.html", sample=sample, turns=list(turns), factors=factors, signals=signals)


@route("/samples/{sample}", "samples", ("POST",), again=sample_page)
def scored(web: Web) -> Response:
    sample = sampling.find_sample(web.db, web.account, web.path["sample"])
    levels = {}
    for key in vocabulary().factors:
        given = web.typed("level." + key)
        if given in ("unknown", "0", "1", "2", "3"):
            levels[key] = None if given == "unknown" else int(given)
        elif key != UNASKED:
            raise Refused("모든 항목에 하나씩 골라 주세요. 알 수 없으면 ‘미확인’을 골라 주세요.")
    signals = [s for s in web.form.getlist("signals") if isinstance(s, str)]
    sampling.score(web.db, sample, web.account, levels, signals, web.typed("reason"), web.now)
    return see(f"/samples/{sample.id}", "scored")
