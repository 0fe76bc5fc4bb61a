import csv

import openpyxl
import pytest
from sqlalchemy import func, select

from anbu.calling.record import find_resident
from anbu.calling.residents import exporting
from anbu.calling.residents.importing import check, take_in
from anbu.calling.residents.sheet import BadSheet
from anbu.calling.residents.standing import forbid, obstacle
from anbu.store.campaigns import Import, ImportRow
from anbu.store.models import Resident
from anbu.store.session import transaction
from tests.conftest import NOON

HEADING = "성명,휴대폰 번호,읍면동,생년월일,동의여부,희망시간,위기정보,비고"
ROWS = [
    "김순자,010-1234-5678,안부동,1941-03-02,예,월-금 10:00-12:00,\"단전, 건보료 체납\",귀가 어두우심",
    "박영호,01098765432,안부동,1950,,,,",
]  # fmt: skip


@pytest.fixture
def sheet(tmp_path):
    def write(*rows, heading=HEADING, encoding="utf-8", name="명단.csv"):
        path = tmp_path / name
        path.write_bytes("\r\n".join([heading, *rows]).encode(encoding))
        return path

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_list_is_read_in_every_encoding_offices_use(each_database, sheet, encoding):
    checked = check(sheet(*ROWS, encoding=encoding))
    assert (checked.refused, checked.merged, checked.ignored) == ([], [], [])
    with transaction() as db:
        record = take_in(db, checked, NOON)
        assert (record.rows, record.added, record.updated) == (2, 2, 0)
        kim = find_resident(db, "+821012345678")
        assert (kim.name, kim.town, kim.birth_year, kim.consent) == ("김순자", "안부동", 1941, "given")
        assert kim.flags == ["단전", "건보료 체납"]
        assert kim.preferred == [{"days": [0, 1, 2, 3, 4], "from": "10:00", "to": "12:00"}]
        assert kim.note == "귀가 어두우심"
        assert find_resident(db, "+821098765432").consent == "unknown"


def test_a_spreadsheet_is_read_with_numbers_that_lost_their_zero(database, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["이름", "연락처", "기타"])
    book.active.append(["김순자", 1012345678, "x"])
    book.save(tmp_path / "명단.xlsx")
    checked = check(tmp_path / "명단.xlsx")
    assert list(checked.people) == ["+821012345678"]
    assert checked.ignored == ["기타"]


def test_each_bad_cell_is_named_with_its_row_and_nothing_is_guessed(sheet):
    checked = check(
        sheet(
            "김순자,,안부동,,,,,",
            ",010-1234-5678,안부동,,,,,",
            "박영호,010-12-5678,안부동,41년생,글쎄요,아침에,,",
            "=cmd(),010-1111-2222,안부동,,,,,",
            "이순이,010-3333-4444,안부동,,,,,",
        )
    )
    assert [(p.row, p.column) for p in checked.refused] == [
        (2, "전화번호"), (3, "이름"), (4, "전화번호"), (4, "출생연도"), (4, "통화 동의"), (4, "통화 희망 시간"),
        (5, "이름"),
    ]  # fmt: skip
    assert list(checked.people) == ["+821033334444"]
    assert not any("5678" in problem.says for problem in checked.refused)  # the number is not repeated


def test_the_same_number_is_one_resident_and_the_report_says_so(database, sheet):
    checked = check(sheet(ROWS[0], "김순자,010 1234 5678,,,,,월세 체납,", "박막내,+821012345678,,,,,,"))
    assert [(p.row, "이름이 달라" in p.says) for p in checked.merged] == [(3, False), (4, True)]
    with transaction() as db:
        assert take_in(db, checked, NOON).added == 1
        assert find_resident(db, "+821012345678").flags == ["단전", "건보료 체납", "월세 체납"]


def test_a_list_taken_in_again_updates_and_blank_cells_change_nothing(database, sheet):
    with transaction() as db:
        take_in(db, check(sheet(*ROWS)), NOON)
    with transaction() as db:
        record = take_in(db, check(sheet("김순자,010-1234-5678,,,,,,이사함")), NOON)
        assert (record.added, record.updated) == (0, 1)
        kim = find_resident(db, "+821012345678")
        assert (kim.town, kim.birth_year, kim.note) == ("안부동", 1941, "이사함")
        assert db.scalar(select(func.count()).select_from(Resident)) == 2
        assert db.scalar(select(func.count()).select_from(ImportRow)) == 3


def test_who_asked_not_to_be_called_stays_so_on_any_new_list(database, sheet):
    with transaction() as db:
        take_in(db, check(sheet(ROWS[0])), NOON)
        forbid(db, find_resident(db, "+821012345678"), "asked", NOON)
    with transaction() as db:
        take_in(db, check(sheet(ROWS[0], heading=HEADING)), NOON)
        assert obstacle(find_resident(db, "+821012345678")) == "asked"


def test_the_office_may_mark_numbers_not_to_call(database, sheet):
    checked = check(sheet("김순자,010-1234-5678,거부", "박영호,010-9876-5432,", heading="이름,전화,수신거부"))
    with transaction() as db:
        take_in(db, checked, NOON)
        assert obstacle(find_resident(db, "+821012345678")) == "asked"
        assert obstacle(find_resident(db, "+821098765432")) is None


@pytest.mark.parametrize(
    ("heading", "mapping", "says"),
    [
        ("이름,주소", {}, "전화번호"),
        ("이름,집전화", {"집전화": "telephone"}, "항목은 없습니다"),
        ("이름,전화", {"휴대폰": "phone"}, "'휴대폰' 열이 없습니다"),
    ],
)
def test_a_list_that_cannot_be_understood_is_refused_whole(sheet, heading, mapping, says):
    with pytest.raises(BadSheet, match=says):
        check(sheet("김순자,1", heading=heading), mapping)


def test_other_headings_can_be_mapped(sheet):
    checked = check(sheet("김순자,010-1234-5678", heading="어르신,집전화"), {"어르신": "name", "집전화": "phone"})
    assert checked.people["+821012345678"]["name"] == "김순자"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00\x01\x9f" * 20, "이름,전화\n".encode()])
def test_a_file_that_is_no_list_says_why(tmp_path, content):
    (tmp_path / "명단.csv").write_bytes(content)
    with pytest.raises(BadSheet):
        check(tmp_path / "명단.csv")


@pytest.mark.parametrize("name", ["나감.csv", "나감.xlsx"])
def test_what_goes_out_comes_in_the_same(database, sheet, tmp_path, name):
    with transaction() as db:
        take_in(db, check(sheet(*ROWS)), NOON)
    with transaction() as db:
        assert exporting.write(exporting.residents(db), tmp_path / name) == 2
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
    again = check(tmp_path / name)
    assert again.refused == []
    assert again.people["+821012345678"]["flags"] == ["단전", "건보료 체납"]


def test_no_cell_that_goes_out_is_a_formula(database, tmp_path):
    exporting.write([["이름"], ['=HYPERLINK("http://x")'], ["@SUM(1)"]], tmp_path / "나감.csv")
    with open(tmp_path / "나감.csv", encoding="utf-8-sig") as file:
        assert all(row[0][0] not in "=@+-" for row in csv.reader(file))


def test_the_record_of_an_import_is_not_readable_in_the_file(database, sheet, tmp_path):
    with transaction() as db:
        take_in(db, check(sheet(ROWS[0], "김순자,010 1234 5678,,,,,,", name="김순자네.csv")), NOON)
        assert db.scalars(select(Import)).one().report[0]["row"] == 3
    content = b"".join(p.read_bytes() for p in tmp_path.glob("anbu.db*"))
    assert "김순자".encode() not in content
