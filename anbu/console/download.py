"""Files that a page gives out."""

from __future__ import annotations

from pathlib import PurePath
from urllib.parse import quote

from starlette.responses import Response

KINDS = {
    ".csv": "text/csv; charset=utf-8",
    ".yml": "application/yaml; charset=utf-8",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".hwpx": "application/hwp+zip",
}


def attached(data: bytes, name: str) -> Response:
    """A download. The name must carry nothing of a resident: it stays in the browser's history."""
    path = PurePath(name)
    disposition = f"attachment; filename=\"anbu{path.suffix}\"; filename*=UTF-8''{quote(name)}"
    return Response(data, media_type=KINDS[path.suffix], headers={"content-disposition": disposition})
