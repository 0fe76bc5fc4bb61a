"""Lists that go out and come back: the postman's, the 안전협의체's; and the census."""

from __future__ import annotations

from datetime import date

from starlette.datastructures import UploadFile
from starlette.responses import Response

from anbu.casework import census
from anbu.casework.board import Period
from anbu.clock import SEOUL
from anbu.console.web import Web, route, see
from anbu.errors import NotFound, Refused
from anbu.sheets import hazards, postal
from anbu.sheets.tables import MOST_BYTES, BadFile, as_csv, as_xlsx

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
NOTE = "안부의 자체 서식이며 공식 서식이 아닙니다. 개인정보가 들어 있으니 다 쓰면 지워 주세요."


@route("/papers", "cases")
def papers(web: Web) -> Response:
    results, signs = postal.vocabulary()
    return web.page(
        "papers.html", waiting=len(postal.waiting(web.db, web.account)), results=results, signs=signs,
        period=_period(web), most_mb=MOST_BYTES // 1024**2,
    )  # fmt: skip


@route("/papers/postal.{format}", "cases")
def postal_list(web: Web) -> Response:
    rows = list(postal.delivery_list(web.db, web.account))
    web.audit("postal.exported", rows=len(rows))
    return _file(web, "안부살핌 우편", postal.header(), rows, "anbu-postal")


@route("/papers/findings", "cases", ("POST",), again=papers)
def findings(web: Web) -> Response:
    """The postman's list, filled in. All of it or nothing."""
    upload = web.form.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise Refused("올릴 파일을 골라 주세요.")
    try:
        taken = postal.take_in(web.db, web.account, upload.file.read(MOST_BYTES + 1), web.now)
    except BadFile as error:
        raise Refused(str(error)) from error
    return see("/papers", "postal_taken_in", rows=len(taken))


@route("/papers/hazards.{format}", "cases")
def hazard_list(web: Web) -> Response:
    period = _period(web)
    rows = list(hazards.hazard_list(web.db, web.account, period))
    web.audit("hazards.exported", rows=len(rows))
    return _file(web, "위험 요인", hazards.HEADER, rows, f"anbu-hazards-{period.first}-{period.last}")


@route("/census", "board")
def census_list(web: Web) -> Response:
    """The newest census, or the one that was chosen."""
    known = census.campaigns(web.db)
    chosen = census.find_campaign(web.db, web.query["campaign"]) if web.query.get("campaign") else None
    chosen = chosen or (known[0] if known else None)
    lines = census.census(web.db, web.account, chosen) if chosen else []
    missing = census.still_to_find(web.db, web.account, chosen) if chosen and web.account.role in SEES_NAMES else []
    return web.page(
        "census.html", campaigns=known, chosen=chosen, lines=lines, missing=missing, ways=census.WAYS,
        listed=census.LISTED, names=web.account.role in SEES_NAMES,
    )  # fmt: skip


SEES_NAMES = ("officer", "manager")


def _period(web: Web) -> Period:
    today: date = web.now.astimezone(SEOUL).date()
    return Period.of(web.query.get("first", ""), web.query.get("last", ""), "", today)


def _file(web: Web, title: str, header, rows, name: str) -> Response:
    kind = web.path["format"]
    if kind not in KINDS:
        raise NotFound("CSV나 XLSX로 받을 수 있어요.")
    data = as_csv(header, rows) if kind == "csv" else as_xlsx(title, header, rows, NOTE)
    disposition = f'attachment; filename="{name}.{kind}"'
    return Response(data, media_type=KINDS[kind], headers={"content-disposition": disposition})
