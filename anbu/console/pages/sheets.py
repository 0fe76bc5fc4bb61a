"""The intake sheet of a case as a file."""

from __future__ import annotations

from starlette.responses import Response

from anbu.casework.casefile import find_case, open_file
from anbu.console.download import attached
from anbu.console.web import Web, route
from anbu.errors import NotFound
from anbu.sheets import hwpx, pdf, xlsx
from anbu.sheets.intake import intake

RENDERERS = {"pdf": pdf.render, "xlsx": xlsx.render, "hwpx": hwpx.render}


@route("/cases/{case}/sheet.{format}", "cases")
def intake_sheet(web: Web) -> Response:
    """It carries some of what was said; that is no reading of the transcript, which a decision rests on."""
    case, kind = find_case(web.db, web.account, web.path["case"]), web.path["format"]
    if kind not in RENDERERS:
        raise NotFound("그런 꼴의 문서는 없어요. PDF, 엑셀, 한글 가운데 골라 주세요.")
    web.audit("sheet.exported", "case", case.id, format=kind)
    sheet = intake(open_file(web.db, case), web.account, web.now)
    return attached(RENDERERS[kind](sheet), f"초기상담지 {case.id[:8]}.{kind}")
