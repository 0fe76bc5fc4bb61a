"""초기상담지 of a case, as a file."""

from __future__ import annotations

from starlette.responses import Response

from anbu.casework import casefile
from anbu.console.web import Web, route
from anbu.errors import NotFound
from anbu.sheets import hwpx, pdf, xlsx
from anbu.sheets.intake import intake

FORMATS = {
    "pdf": (pdf.render, "application/pdf"),
    "xlsx": (xlsx.render, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "hwpx": (hwpx.render, "application/hwp+zip"),
}


@route("/cases/{case}/sheet.{format}", "cases")
def sheet(web: Web) -> Response:
    case = casefile.find_case(web.db, web.account, web.path["case"])
    if web.path["format"] not in FORMATS:
        raise NotFound("상담지는 PDF, XLSX, HWPX로 내려받을 수 있어요.")
    render, kind = FORMATS[web.path["format"]]
    made = render(intake(casefile.open_file(web.db, case), web.account, web.now))
    web.audit("sheet.exported", "case", case.id, format=web.path["format"])
    name = f"anbu-{case.id[:8]}.{web.path['format']}"  # a name in a file name would end up in logs and histories
    return Response(made, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})
