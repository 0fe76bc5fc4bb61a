"""The telephone of a rehearsal: posts Twilio's signed webhooks and plays the TwiML that comes back, as Twilio would.

What a caller would suffer from is written down as a problem in a plain sentence: an answer that is not valid TwiML, is
late, empty or repeats itself, a question without a topic, a line that goes dead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Protocol
from urllib.parse import urljoin
from uuid import uuid4

import httpx

from anbu.rehearsal.exchange import Exchange, Leg
from anbu.rehearsal.hooks import GIVE_UP_S, Broken, Hooks, Request, Telephone
from anbu.rehearsal.officers import TALK_S, OfficerPhone
from anbu.rehearsal.resident import Act
from anbu.rehearsal.room import Room
from anbu.rehearsal.twiml import SPOKEN, Verb, read

SLOW_MS = 10_000  # a later answer is a problem
MOST_EXCHANGES = 120  # requests of one call
MOST_REPETITIONS = 3  # of one turn, word for word, in a call
SIGNATURE_HINT = "엔진의 ANBU_PUBLIC_URL과 ANBU_TWILIO_AUTH_TOKEN이 이쪽과 같은지 보세요"
ON_DUTY_KO = {"answers": "(당번이 받음)", "busy": "(통화 중)", "no-answer": "(받지 않음)", "failed": "(연결되지 않음)"}
BREAKS = {11200: "웹훅이 답하지 못함", 12100: "TwiML을 읽을 수 없음"}  # Twilio's error codes


class Answers(Protocol):
    """Whoever is the resident: a persona or a person at the terminal."""

    def answer(self, topic: str | None) -> Act: ...


@dataclass
class Recording:
    """What happened: turns as {"who", "text", "topic", "ms"} (who: bot | resident | officer) and problems."""

    call_id: str | None = None
    turns: list[dict] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Player:
    """One call. `number` is the resident's, E.164; an outbound call needs the `call_id` it was opened under.

    on_duty: what officers' telephones do that the resident's own line dials, in turn; those that REST rings are the
    `exchange`'s. rung: a call that REST placed to the resident, to be held instead of a new one.
    """

    def __init__(
        self,
        base_url: str,
        auth_token: str,
        resident: Answers,
        *,
        number: str,
        call_id: str | None = None,
        on_duty: str | Sequence[str] = "answers",
        exchange: Exchange | None = None,
        rung: Leg | None = None,
        on_turn: Callable[[dict], None] = lambda turn: None,
    ):
        self.recording = Recording(call_id)
        self._hooks = f"{base_url.rstrip('/')}/webhooks/voice"
        self._token, self._resident, self._on_turn = auth_token, resident, on_turn
        self._on_duty = [on_duty] if isinstance(on_duty, str) else list(on_duty)
        self._exchange, self._rung = exchange or Exchange(), rung
        self._outbound = call_id is not None or rung is not None
        self.telephone = Telephone(number, self._outbound, **({"sid": rung.sid} if rung else {}))
        self._lines: list[str] = []  # said since the resident last had the word
        self._line_before: str | None = None
        self._topic: str | None = None
        self._ms = 0.0  # waited for since the resident last had the word
        self._exchanges = self._sequence = 0
        self._spoke = self._hung_up = self._fell_back = self._over = False

    def play(self) -> Recording:
        """Hold the call from ringing to its end."""
        self._started = time.monotonic()
        with httpx.Client(timeout=GIVE_UP_S, follow_redirects=False) as http:
            self.hooks = Hooks(self._token, http)
            if self._outbound:
                self._report_status("initiated", "ringing", "in-progress")
            query = f"?call={self.recording.call_id}" if self._outbound else ""
            request: Request | None = Request(self._rung.url if self._rung else f"{self._hooks}/answer{query}")
            while request is not None:
                try:
                    request = self._perform(request)
                except Broken as broken:
                    self.problem(str(broken))
                    request = self._fallback(request, broken.code)
            self._flush()
            self.report_end()
        return self.recording

    def ring_out(self, status: str) -> Recording:
        """Nobody takes the call: it ends as `status` (busy, no-answer, failed, canceled)."""
        with httpx.Client(timeout=GIVE_UP_S) as http:
            self.hooks = Hooks(self._token, http)
            self._report_status("initiated", *([] if status == "failed" else ["ringing"]), status)
        return self.recording

    def reach_machine(self) -> Recording:
        """A machine takes the call: what is said to it is kept as lines, and nobody answers."""
        with httpx.Client(timeout=GIVE_UP_S, follow_redirects=False) as http:
            self.hooks = Hooks(self._token, http)
            self._report_status("initiated", "ringing", "in-progress")
            query = f"?call={self.recording.call_id}"
            try:
                self._fetch(Request(f"{self._hooks}/answer{query}"))
                machine = Request(f"{self._hooks}/amd{query}", fields={"AnsweredBy": "machine_start"})
                self.hooks.send(machine, self.telephone)
            except Broken as broken:
                self.problem(str(broken))
            self._report_status("completed")
        return self.recording

    @property
    def sid(self) -> str:
        """Twilio's id of the call."""
        return self.telephone.sid

    def report_end(self) -> None:
        """Tell of the end of the call, once."""
        if not self._over:
            self._over = True
            seconds = str(max(1, round(time.monotonic() - self._started)))
            self._report_status("completed", CallDuration=seconds, Duration="1")

    # ── for the room ─────────────────────────────────────────────────────

    def hangs_up(self, topic: str) -> bool:
        """Whether the resident puts the telephone down while waiting or talking."""
        return getattr(self._resident, "hangs_up_at", lambda topic: False)(topic)

    def hang_up(self) -> None:
        self._hung_up = True
        self._note({"who": "resident", "text": "(전화를 끊음)", "topic": None, "ms": None})

    def overhear(self, verb: Verb, url: str) -> None:
        """A line of the hold: repeating itself is its nature."""
        self._line_before = None
        self._speak(verb, url)
        self._flush(hold=True)

    def note_officer(self, text: str) -> None:
        self._flush(hold=True)
        self._note({"who": "officer", "text": text, "topic": None, "ms": None})

    # ── one document ─────────────────────────────────────────────────────

    def _perform(self, request: Request) -> Request | None:
        """Post a webhook and play the document; → the next webhook, or None when the call is over."""
        verbs = self._fetch(request)
        self._spoke = False
        for verb in verbs:
            if verb.name in SPOKEN:
                self._speak(verb, request.url)
            elif verb.name == "Gather":
                next_request = self._gather(verb, request.url)
                if next_request is not None or self._hung_up:
                    return next_request
            elif verb.name == "Dial":
                next_request = self._dial(verb, request.url)
                if next_request is not None or self._hung_up:
                    return next_request
            elif verb.name == "Redirect":
                return Request(urljoin(request.url, verb.text), verb.attributes.get("method", "POST"))
            else:  # Hangup
                break
        if not self._spoke:
            self.problem("빈 대답입니다: 아무 말도 하지 않고 전화가 끝납니다")
        return None

    def _speak(self, verb: Verb, url: str) -> None:
        if verb.name == "Pause":
            return
        self._spoke = True
        line = verb.text if verb.name == "Say" else self._listen_to(urljoin(url, verb.text))
        if line == self._line_before:
            self.problem(f"같은 말을 이어서 두 번 합니다: “{line}”")
        self._line_before = line
        self._lines.append(line)

    def _listen_to(self, url: str) -> str:
        """Fetch the sound of a <Play>; → how a transcript shows it."""
        try:
            response = self.hooks.http.get(url)
        except httpx.HTTPError as error:
            raise Broken(f"<Play>의 소리를 받지 못했습니다: {type(error).__name__}") from error
        kind = response.headers.get("content-type", "")
        if response.status_code != 200 or not kind.startswith("audio/") or not response.content:
            self.problem(f"<Play>의 소리가 나오지 않습니다: HTTP {response.status_code}, {kind or '종류 없음'}")
        return f"(소리 {url.rsplit('/', 1)[-1]})"

    def _gather(self, verb: Verb, url: str) -> Request | None:
        """Say the prompt, let the resident act; → the webhook that takes the input, or None without input."""
        for prompt in verb.children:
            self._speak(prompt, url)
        if not self._lines:
            self.problem("빈 대답입니다: 아무 말도 하지 않고 듣기만 합니다")
        if self._topic is None:
            self.problem("질문에 주제(X-Anbu-Topic)가 없습니다")
        asked = self._topic
        self._flush()
        act = self._resident.answer(asked)
        self._note({"who": "resident", "text": str(act), "topic": asked, "ms": None})
        if act.hangs_up:
            self._hung_up = True
            return None
        heard = self._heard(act, verb)
        if heard is None and verb.attributes.get("actionOnEmptyResult") != "true":
            return None
        fields = heard or {"SpeechResult": "", "Digits": ""}
        action = urljoin(url, verb.attributes.get("action", url))
        return Request(action, verb.attributes.get("method", "POST"), {**fields, "msg": "Gather End"})

    @staticmethod
    def _heard(act: Act, gather: Verb) -> dict[str, str] | None:
        """The form fields Twilio makes of an act, or None when this <Gather> gets no input from it."""
        inputs = gather.attributes.get("input", "dtmf")
        if act.digits and "dtmf" in inputs:
            finish = gather.attributes.get("finishOnKey", "#")
            digits, finished, _ = act.digits.partition(finish) if finish else (act.digits, "", "")
            return {"Digits": digits[: gather.number("numDigits", len(digits))], "FinishedOnKey": finished}
        if act.speech.strip() and "speech" in inputs:
            return {"SpeechResult": act.speech, "Confidence": "0.87", "Language": gather.attributes.get("language", "")}
        return None

    def _dial(self, verb: Verb, url: str) -> Request | None:
        """Ring an officer, or go into the room; → the webhook of `action`, or None to go on below."""
        self._spoke = True
        self._flush()
        if verb.children and verb.children[0].name == "Conference":
            return Room(self, verb, url, self._exchange).stay()
        does = self._on_duty.pop(0) if len(self._on_duty) > 1 else self._on_duty[0]
        target = verb.children[0] if verb.children else verb
        bridged = does in TALK_S
        if bridged or does not in ON_DUTY_KO:  # somebody, or a machine, takes the telephone
            bridged = self._whisper(target, does, url)
        self.note_officer(ON_DUTY_KO["answers"] if bridged else ON_DUTY_KO.get(does, ON_DUTY_KO["failed"]))
        if "action" not in verb.attributes:
            return None
        status = "completed" if bridged or does not in ON_DUTY_KO else does
        fields = {"DialCallStatus": status, "DialCallSid": f"CA{uuid4().hex}"}
        if bridged:
            fields |= {"DialCallDuration": TALK_S[does], "DialBridged": "true"}
        return Request(urljoin(url, verb.attributes["action"]), verb.attributes.get("method", "POST"), fields)

    def _whisper(self, number: Verb, does: str, url: str) -> bool:
        """Play what the officer hears first, if anything; → whether the two are then connected."""
        if "url" not in number.attributes:
            return does in TALK_S
        leg = Leg(f"CA{uuid4().hex}", number.text, urljoin(url, number.attributes["url"]), "", does, 0)
        phone = OfficerPhone(leg, self.hooks, self.note_officer, self.problem)
        phone.follow(leg.url)
        return leg.state != "over" and does in TALK_S and not phone.hung_up

    # ── what was said ────────────────────────────────────────────────────

    def _flush(self, hold: bool = False) -> None:
        """The engine's lines so far become one turn. Only a hold may repeat itself."""
        if self._lines and hold:
            self._note({"who": "bot", "text": " ".join(self._lines), "topic": None, "ms": None})
        elif self._lines:
            text = " ".join(self._lines)
            said = [turn["text"] for turn in self.recording.turns if turn["who"] == "bot"]
            if said[-1:] == [text] and len(self._lines) > 1:  # a single line is compared as it is said
                self.problem(f"바로 앞과 똑같은 말을 합니다: “{text}”")
            elif said.count(text) >= MOST_REPETITIONS:
                self.problem(f"같은 말로 맴돕니다 ({said.count(text) + 1}번째): “{text}”")
            self._note({"who": "bot", "text": text, "topic": self._topic, "ms": round(self._ms, 1)})
        self._lines, self._ms, self._topic = [], 0.0, None

    def _note(self, turn: dict) -> None:
        self.recording.turns.append(turn)
        self._on_turn(turn)

    def problem(self, sentence: str) -> None:
        bots = sum(turn["who"] == "bot" for turn in self.recording.turns)
        self.recording.problems.append(f"{bots + 1}번째 말: {sentence}")

    # ── HTTP ─────────────────────────────────────────────────────────────

    def _fetch(self, request: Request) -> list[Verb]:
        """Post a webhook; → the verbs of the answer. Raises Broken when there is nothing to play."""
        self._exchanges += 1
        if self._exchanges > MOST_EXCHANGES:
            raise Broken(f"통화가 {MOST_EXCHANGES}번을 넘게 오가도 끝나지 않습니다")
        started = time.perf_counter()
        response = self.hooks.send(request, self.telephone)
        ms = (time.perf_counter() - started) * 1000
        self._ms += ms
        if ms > SLOW_MS:
            self.problem(f"대답이 {ms / 1000:.1f}초 걸렸습니다 ({SLOW_MS // 1000}초를 넘습니다)")
        if response.status_code != 200:
            hint = f" — {SIGNATURE_HINT}" if response.status_code == 403 else ""
            raise Broken(f"HTTP {response.status_code}: {response.text[:200]}{hint}")
        kind = response.headers.get("content-type", "").split(";")[0].strip()
        if kind not in ("text/xml", "application/xml"):
            raise Broken(f"TwiML이 아니라 {kind or '종류를 모르는 것'}을 보냈습니다", 12100)
        self.recording.call_id = self.recording.call_id or response.headers.get("X-Anbu-Call")
        self._topic = response.headers.get("X-Anbu-Topic") or self._topic
        verbs, problems = read(response.content)
        for problem in problems:
            self.problem(problem)
        if not verbs:
            raise Broken("빈 대답입니다: 아무 말도 하지 않고 묻지도 않습니다", 12100)
        return verbs

    def _report_status(self, *statuses: str, **fields: str) -> None:
        """Post status callbacks; a call that never got an id has nowhere to report to."""
        where = f"{self._hooks}/status?call={self.recording.call_id}"
        if self._rung:
            where = self._rung.status_url
        for status in statuses if self.recording.call_id or self._rung else ():
            moment = {"Timestamp": formatdate(usegmt=True), "CallbackSource": "call-progress-events"}
            report = {"CallStatus": status, "SequenceNumber": str(self._sequence), **moment, **fields}
            self._sequence += 1
            try:
                response = self.hooks.send(Request(where, fields=report), self.telephone)
            except Broken as broken:
                self.problem(f"상태 알림 {status}: {broken}")
                return
            if not response.is_success:
                self.problem(f"상태 알림 {status}에 HTTP {response.status_code}로 답합니다")

    def _fallback(self, failed: Request, code: int) -> Request | None:
        """Twilio asks the fallback URL once when an answer cannot be played; a second time the call is over."""
        if self._fell_back or self._exchanges > MOST_EXCHANGES or not self.recording.call_id:
            return None
        self._fell_back = True
        fields = {"ErrorCode": str(code), "ErrorUrl": failed.url, "ErrorMessage": BREAKS[code]}
        return Request(f"{self._hooks}/fallback?call={self.recording.call_id}", fields=fields)
