"""The officers' telephones of a rehearsal: what they hear, which key they press, when they hang up."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urljoin

from anbu.rehearsal.exchange import Leg
from anbu.rehearsal.hooks import Broken, Hooks, Request, Telephone
from anbu.rehearsal.twiml import Verb, read

KEYS = {"answers": "1", "drops": "1", "declines": "2", "voicemail": ""}
TALK_S = {"answers": "95", "drops": "4"}
MOST_DOCUMENTS = 12
NOT_ANSWERED = ("busy", "no-answer", "failed")


class OfficerPhone:
    """One officer's telephone. `note` hears what happens there; `problem`, what Twilio could not play."""

    def __init__(self, leg: Leg, hooks: Hooks, note: Callable[[str], None], problem: Callable[[str], None]):
        self.leg, self._hooks, self._note, self._problem = leg, hooks, note, problem
        self._telephone = Telephone(leg.to, True, leg.sid)
        self._pressed = self.hung_up = False

    def ring(self) -> None:
        """Let it ring, until it is over or its officer waits in the room."""
        does = self.leg.does
        self._status("ringing")
        if does in NOT_ANSWERED:
            self._note({"busy": "(통화 중)", "no-answer": "(받지 않음)", "failed": "(연결되지 않음)"}[does])
            self.leg.state = "over"
            self._status(does)
            return
        self._status("in-progress")
        room = self.follow(self.leg.url)
        if room is not None:
            self.leg.state, self.leg.left_url = "room", room.attributes.get("action")
            self._hold(room.children[0])
        elif self.leg.state != "over":
            self.hang_up("12")

    def follow(self, url: str, **fields: str) -> Verb | None:
        """Play documents; → the <Dial> that leads into the room, or None when this telephone's call is over."""
        for _ in range(MOST_DOCUMENTS):
            verbs, next_url, next_fields = self._fetch(url, fields), None, {}
            for verb in verbs:
                if verb.name == "Say":
                    self._hear(verb.text)
                elif verb.name == "Gather":
                    for prompt in verb.children:
                        self._hear(prompt.text)
                    key = "" if self._pressed else KEYS[self.leg.does]
                    self._pressed = self._pressed or bool(key)
                    if key or verb.attributes.get("actionOnEmptyResult") == "true":
                        self._note(f"({key}번을 누름)" if key else "(누르지 않음)")
                        next_url, next_fields = urljoin(url, verb.attributes["action"]), {"Digits": key}
                        break
                elif verb.name == "Dial":
                    return verb
                elif verb.name == "Redirect":
                    next_url = urljoin(url, verb.text)
                    break
                elif verb.name == "Hangup":
                    self.hung_up = True
                    return None
            if next_url is None:
                return None
            url, fields = next_url, next_fields
        self._problem("당번 전화가 끝없이 맴돕니다")
        return None

    def hang_up(self, duration: str | None = None) -> None:
        """The officer puts the telephone down."""
        self.leg.state = "over"
        self._status("completed", CallDuration=duration or TALK_S.get(self.leg.does, "12"))

    def left_alone(self) -> None:
        """The room ended around this officer."""
        if self.leg.left_url:
            self.follow(self.leg.left_url, DialCallStatus="answered")
        self.hang_up()

    def _hold(self, conference: Verb) -> None:
        for verb in self._fetch(conference.attributes["waitUrl"], {}):
            if verb.name == "Say":
                self._hear(verb.text)
            elif verb.name not in ("Play", "Pause", "Redirect"):
                self._problem(f"방의 기다림에 올 수 없는 TwiML이 있습니다: <{verb.name}>")

    def _hear(self, text: str) -> None:
        self.leg.heard.append(text)
        self._note(f"(들음) {text}")

    def _fetch(self, url: str, fields: dict[str, str]) -> list[Verb]:
        try:
            response = self._hooks.send(Request(url, fields=fields), self._telephone)
        except Broken as broken:
            self._problem(f"당번 전화: {broken}")
            return []
        if response.status_code != 200:
            self._problem(f"당번 전화: HTTP {response.status_code}")
            return []
        verbs, problems = read(response.content)
        for problem in problems:
            self._problem(f"당번 전화: {problem}")
        return verbs

    def _status(self, status: str, **fields: str) -> None:
        if not self.leg.status_url:
            return
        report = Request(self.leg.status_url, fields={"CallStatus": status, **fields})
        response = self._hooks.send(report, self._telephone)
        if not response.is_success:
            self._problem(f"당번 전화의 상태 알림 {status}에 HTTP {response.status_code}로 답합니다")
