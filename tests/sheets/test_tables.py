import csv
import io
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anbu.sheets import tables
from anbu.sheets.tables import BadFile, as_csv, as_xlsx, read, safe

HEADER = ["코드", "성명", "비고"]
ROWS = [["A1", "김순자", "문 앞에 신문"], ["A2", "이영희", ""]]


def cells(rows):
    return [[row.cells.get(h, "") for h in HEADER] for row in rows]


def workbook(*lines):
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("data", [as_csv(HEADER, ROWS), as_xlsx("명단", HEADER, ROWS)])
def test_what_was_given_out_can_be_taken_in_again(data):
    rows = read(data, ["코드"])
    assert cells(rows) == ROWS
    assert [row.number for row in rows] == [2, 3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_csv_in_the_encodings_offices_use(encoding):
    assert cells(read("코드,성명,비고\r\nA1,김순자,똠방각하\r\n".encode(encoding), HEADER)) == [
        ["A1", "김순자", "똠방각하"]
    ]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_by_any_usual_delimiter(delimiter):
    text = f"코드{delimiter}성명{delimiter}비고\nA1{delimiter}김순자{delimiter}\n"
    assert cells(read(text.encode(), HEADER)) == [["A1", "김순자", ""]]


def test_blank_rows_are_left_out_and_numbers_stay_those_of_the_spreadsheet():
    rows = read("\n코드,성명,비고\n,,\nA1,김순자,\n".encode(), HEADER)
    assert [row.number for row in rows] == [4]


def test_numbers_and_days_of_a_spreadsheet_are_read_as_people_see_them():
    from datetime import datetime

    data = workbook(["코드", "층", "날"], ["A1", 3.0, datetime(2026, 11, 23)])
    assert read(data, ["코드"])[0].cells == {"코드": "A1", "층": "3", "날": "2026-11-23"}


@pytest.mark.parametrize("text", ["=1+1", "+82", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|'/c calc'!A1"])
def test_nothing_given_out_is_taken_for_a_formula(text):
    assert safe(text) == "'" + text
    assert next(csv.reader(io.StringIO(as_csv([text], []).decode("utf-8-sig"))))[0].startswith("'")
    page = openpyxl.load_workbook(io.BytesIO(as_xlsx(text, ["a"], [[text]]))).active
    assert page["A2"].data_type == "s"
    assert page["A2"].value.startswith("'")


def test_formula_in_an_upload_is_refused_with_its_row():
    with pytest.raises(BadFile, match=r"2행에 수식"):
        read(workbook(["코드"], ["=1+1"]), ["코드"])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "빈 파일"),
        (b"   \n ", "빈 파일"),
        ("코드,성명\n".encode(), "내용이 없어요"),
        ("이름,주소\n김순자,안부로\n".encode(), "‘코드’ 열이 없어요. 지금 있는 열: 이름, 주소"),
        ("코드,코드\nA,B\n".encode(), "‘코드’ 열이 둘"),
        ("코드,성명\nA1,김순자,남는 칸\n".encode(), "2행에 열 이름보다 많은"),
        ('코드,성명\nA1,"김순자\n'.encode(), "큰따옴표"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", "다시 저장"),
        (b"PK\x03\x04 not a workbook", ".xlsx"),
        ("코드,성명\nA1,김순자\n".encode("utf-16"), "다시 저장|CSV"),
        (("코드\n" + "가" * 2001).encode(), "2행 ‘코드’ 칸이 너무 길어요"),
        ((",".join(f"열{n}" for n in range(61)) + "\n1\n").encode(), "60개까지"),
    ],
)
def test_file_that_cannot_be_used_is_refused_in_plain_korean(data, says):
    with pytest.raises(BadFile, match=says):
        read(data, ["코드"])


def test_fifty_megabytes_are_refused_before_they_are_read():
    with pytest.raises(BadFile, match="50MB입니다"):
        read(b"a" * (50 * 1024 * 1024), ["코드"])


def test_small_workbook_that_unpacks_without_end_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(3):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", b"0" * (80 * 1024 * 1024))
    assert len(out.getvalue()) < tables.MOST_BYTES
    with pytest.raises(BadFile, match="너무 커요"):
        read(out.getvalue(), ["코드"])


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    with pytest.raises(BadFile, match="3줄까지"):
        read(("코드\n" + "A\n" * 4).encode(), ["코드"])


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_whatever_bring_it_down(data):
    try:
        read(data, ["코드"])
    except BadFile as error:
        assert str(error)


@settings(deadline=None)
@given(st.lists(st.lists(st.text(max_size=20), min_size=3, max_size=3), min_size=1, max_size=5))
def test_any_text_can_be_given_out(rows):
    assert as_csv(HEADER, rows)
    assert as_xlsx("명단", HEADER, rows)
