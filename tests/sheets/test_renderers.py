"""The same sheet as three kinds of file, each opened again and read."""

import io
import re
import zipfile

import openpyxl
import pytest
from hwpx import HwpxDocument
from hwpx.tools.package_validator import validate_package

from anbu.sheets import hwpx, pdf, xlsx
from anbu.sheets.sheet import OWN_FORM, Sheet, Table

SHEET = Sheet(
    "초기상담지",
    "안부동 행정복지센터 · 2026-11-23",
    [
        Table("대상자", [["성명", "김순자", "읍면동", "안부동"]], [2, 5, 2, 5], labels=frozenset({0, 2})),
        Table(
            "하신 말씀", [["식사", "3", "“이틀째 못 먹었어요”"], ["외출", "미확인"]], [3, 2, 9],
            header=["항목", "단계", "말씀"], labels=frozenset({0}),
        ),
        Table("판단", [["까닭", "=1+1\n둘째 줄 <b>&amp;"]], [2, 12], labels=frozenset({0})),
    ],
)  # fmt: skip


def hwpx_text(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return re.sub(r"<[^>]+>", "\n", archive.read("Contents/section0.xml").decode())


def test_xlsx_holds_every_cell_as_text():
    page = openpyxl.load_workbook(io.BytesIO(xlsx.render(SHEET))).active
    values = [cell.value for row in page.iter_rows() for cell in row if cell.value]
    assert values[:3] == ["초기상담지", "안부동 행정복지센터 · 2026-11-23", f"※ {OWN_FORM}"]
    assert {"김순자", "“이틀째 못 먹었어요”", "미확인"} <= set(values)
    assert "'=1+1\n둘째 줄 <b>&amp;" in values
    assert all(isinstance(cell.value, str | None) and cell.data_type != "f" for row in page.iter_rows() for cell in row)
    assert page.print_area


def test_hwpx_is_a_sound_package_with_every_cell(tmp_path):
    data = hwpx.render(SHEET)
    path = tmp_path / "sheet.hwpx"
    path.write_bytes(data)
    assert [i for i in validate_package(path).issues if i.level == "error"] == []
    with HwpxDocument.open(path) as document:
        assert document.validate().ok
        tables = document.tables.all
        assert [t.row_count for t in tables] == [1, 3, 1]
        assert tables[0].cell(0, 1).text == "김순자"
        assert tables[1].cell(2, 1).text == "미확인"
    text = hwpx_text(data)
    assert OWN_FORM in text
    assert "둘째 줄 &lt;b&gt;" in text


def test_pdf_has_pages_that_carry_korean_and_the_note():
    data = pdf.render(SHEET)
    assert data.startswith(b"%PDF")
    assert b"NanumGothic" in data  # the letters are in the file, whatever the reader has installed


def test_long_sheet_goes_on_over_pages():
    long = Sheet(
        "명단", "", [Table("줄", [[str(n), "가나다" * 20] for n in range(300)], [1, 9], header=["번호", "말"])]
    )
    pages = pdf.render(long).count(b"/Type /Page\n")
    assert pages > 8
    assert hwpx_text(hwpx.render(long)).count("가나다") >= 300


def test_landscape_sheet_is_wide():
    wide = Sheet("명단", "", [Table("줄", [["1", "2"]], [1, 1])], landscape=True)
    assert b"/MediaBox [0 0 841.89 595.28]" in pdf.render(wide)
    page = openpyxl.load_workbook(io.BytesIO(xlsx.render(wide))).active
    assert page.page_setup.orientation == "landscape"


@pytest.mark.parametrize("render", [xlsx.render, pdf.render, hwpx.render])
@pytest.mark.parametrize(
    "text", ["", "\x00\x07\x1b말", "😀 이모지", "﷽" * 50, "가" * 3000, "\u202e거꾸로", "‘’“”·…㎡①"]
)
def test_whatever_was_said_can_be_put_on_paper(render, text):
    sheet = Sheet("초기상담지", text[:50], [Table("말", [["말씀", text]], [2, 12], labels=frozenset({0}))])
    assert len(render(sheet)) > 500


def test_row_wider_than_its_table_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="more cells"):
        Table("말", [["가", "나", "다"]], [1, 1])
