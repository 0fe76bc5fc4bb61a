"""Starting and stopping the engine, with small programs standing in for `python -m rasa`."""

import subprocess
import sys
import time

import httpx
import pytest

from anbu.errors import AnbuError
from anbu.rehearsal import engine as engines
from anbu.rehearsal.engine import ON_DUTY_NUMBER, running_engine, stop
from anbu.settings import settings

SERVER = """#!{python}
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ready = self.path == "/webhooks/voice/ready"
        body = repr((sys.argv, dict(os.environ))).encode()
        self.send_response(200 if ready or self.path == "/facts" else 404)
        self.end_headers()
        self.wfile.write(body)
print("started", flush=True)
port = int(sys.argv[sys.argv.index("--port") + 1])
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture
def stand_in(office, tmp_path, monkeypatch):
    """Run this text instead of Python; there is a model."""

    def use(text):
        program = tmp_path / "program"
        program.write_text(text.replace("{python}", sys.executable))
        program.chmod(0o755)
        monkeypatch.setattr(engines.sys, "executable", str(program))
        return tmp_path / "engine.log"

    office.models_dir.mkdir()
    (office.models_dir / "anbu.tar.gz").touch()
    return use


def test_the_engine_is_ready_when_entered_and_gone_when_left(stand_in):
    log = stand_in(SERVER)
    with running_engine({"ANBU_SAY_VOICE": "Polly.Test"}, log=log) as engine:
        argv, env = eval(httpx.get(f"{engine.url}/facts").text)
        assert engine.process.poll() is None
    assert engine.process.poll() is not None
    assert argv[1:4] == ["-m", "rasa", "run"]
    assert env["ANBU_PUBLIC_URL"] == engine.url
    assert env["ANBU_ON_DUTY_NUMBER"] == ON_DUTY_NUMBER
    assert env["ANBU_SAY_VOICE"] == "Polly.Test"
    assert env["RASA_TELEMETRY_ENABLED"] == "false"
    assert "started" in log.read_text()


def test_it_is_gone_after_an_exception_too(stand_in):
    log = stand_in(SERVER)
    with pytest.raises(ZeroDivisionError), running_engine(log=log) as engine:
        raise ZeroDivisionError
    assert engine.process.poll() is not None


def test_in_service_the_settings_decide_whom_to_dial(stand_in, monkeypatch):
    monkeypatch.delenv("ANBU_PUBLIC_URL")
    settings.cache_clear()
    log = stand_in(SERVER)
    with running_engine(rehearsal=False, log=log) as engine:
        _, env = eval(httpx.get(f"{engine.url}/facts").text)
    assert "ANBU_ON_DUTY_NUMBER" not in env
    assert env["ANBU_PUBLIC_URL"] == engine.url  # nothing else is set


def test_an_engine_that_dies_at_start_shows_its_last_lines(stand_in):
    log = stand_in("#!/bin/sh\necho the reason\nexit 3\n")
    with pytest.raises(AnbuError, match=r"code 3[\s\S]*the reason"), running_engine(log=log):
        pass


def test_an_engine_that_never_gets_ready_is_stopped(stand_in, monkeypatch):
    monkeypatch.setattr(engines, "START_WITHIN_S", 0.3)
    log = stand_in("#!/bin/sh\necho waiting\nexec sleep 60\n")
    with pytest.raises(AnbuError, match="waiting"), running_engine(log=log):
        pass


def test_a_process_that_will_not_end_is_killed(monkeypatch):
    monkeypatch.setattr(engines, "STOP_WITHIN_S", 0.3)
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE)
    process.stdout.readline()
    started = time.monotonic()
    stop(process)
    assert process.poll() is not None
    assert time.monotonic() - started < 5
