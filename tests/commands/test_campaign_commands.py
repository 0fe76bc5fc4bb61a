"""The commands an officer types, from a list to a running campaign."""

import pytest
from typer.testing import CliRunner

from anbu import clock
from anbu.cli import app
from tests.calling.office import MONDAY


@pytest.fixture
def anbu(database, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: MONDAY)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*args, code=0):
        result = CliRunner().invoke(app, [str(a) for a in args])
        if not isinstance(result.exception, SystemExit | None):
            return str(result.exception)
        assert result.exit_code == code, result.output
        return result.output

    return run


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "명단.csv"
    path.write_text("이름,전화,읍면동\n김순자,010-1234-5678,안부동\n박영호,010-9876-5432,행복동\n", encoding="cp949")
    return path


def test_a_list_becomes_a_running_campaign(anbu, sheet, tmp_path):
    assert "새로 2명" in anbu("residents", "import", sheet)
    file = tmp_path / "주간.yml"
    file.write_text("name: 주간 안부\nrepeat: weekly\nresidents: {towns: [안부동]}\n", encoding="utf-8")
    assert "전화할 분" in anbu("campaign", "check", file)
    assert "아직 시작하지 않음" in anbu("campaign", "create", file)
    assert "시작했습니다" in anbu("campaign", "start", "주간")
    assert "진행 중" in anbu("campaign", "list")
    assert "멈추었습니다" in anbu("campaign", "pause", "주간")
    assert "이어 갑니다" in anbu("campaign", "resume", "주간")
    assert "그만두었습니다" in anbu("campaign", "stop", "주간")
    assert "하나가 아닙니다" in anbu("campaign", "show", "없는")
    assert "막힌 것이 없습니다" in anbu("calls", "stuck")


def test_a_bad_list_is_refused_whole_with_rows_and_reasons(anbu, tmp_path):
    path = tmp_path / "명단.csv"
    path.write_text("이름,전화\n김순자,010-1234-5678\n박영호,\n", encoding="utf-8")
    said = anbu("residents", "import", path, code=1)
    assert "3" in said and "전화번호가 없습니다" in said and "들여오지 않았습니다" in said
    assert "맞는 주민이 없습니다" in anbu("campaign", "urgent", "폭염")
    assert "새로 1명" in anbu("residents", "import", path, "--keep-good")
    assert "미리 보기" in anbu("campaign", "urgent", "폭염", "--start")


def test_numbers_can_be_barred_and_lists_given_out(anbu, sheet, tmp_path):
    anbu("residents", "import", sheet)
    assert "전화하지 않습니다" in anbu("residents", "do-not-call", "010 1234 5678")
    assert "2명을" in anbu("residents", "export", tmp_path / "나감.csv")
    assert "거부" in (tmp_path / "나감.csv").read_text(encoding="utf-8-sig")
