"""Reading TwiML as Twilio does: which verbs and attributes there are, and in plain words what is wrong.

The tables follow Twilio's reference for programmable voice. Verbs that Twilio knows but a rehearsal cannot play
(<Record>, <Enqueue>, <Connect> …) are problems too: an unplayed verb is an untested one.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

MAX_SAY = 4096  # characters of one <Say>
MAX_HINTS, MAX_HINT = 500, 100
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

ANY = re.compile(r".+", re.S)
COUNT = re.compile(r"\d{1,5}")
POSITIVE = re.compile(r"[1-9]\d{0,4}")
BOOL = re.compile(r"true|false")
METHOD = re.compile(r"GET|POST")
AUTO_OR_SECONDS = re.compile(r"auto|[1-9]\d{0,4}")
INPUT = re.compile(r"dtmf|speech|dtmf speech|speech dtmf")
URL = re.compile(r"https?://\S+|/\S*|[^\s:]+")  # absolute or relative
PHONE = re.compile(r"\+?[0-9][0-9 -]{1,20}")

SPEECH = {
    "break": {"strength": ANY, "time": re.compile(r"\d+(\.\d+)?m?s")},
    "emphasis": {"level": re.compile(r"strong|moderate|reduced|none")},
    "lang": {XML_LANG: ANY},
    "p": {},
    "phoneme": {"alphabet": ANY, "ph": ANY},
    "prosody": {"volume": ANY, "rate": ANY, "pitch": ANY},
    "s": {},
    "say-as": {"interpret-as": ANY, "format": ANY, "role": ANY},
    "sub": {"alias": ANY},
    "w": {"role": ANY},
}
VERBS: dict[str, dict[str, re.Pattern]] = {
    "Say": {"voice": ANY, "language": ANY, "loop": COUNT},
    "Play": {"loop": COUNT, "digits": re.compile(r"[0-9wW*#]+")},
    "Pause": {"length": COUNT},
    "Gather": {
        "input": INPUT, "action": URL, "method": METHOD, "timeout": POSITIVE, "speechTimeout": AUTO_OR_SECONDS,
        "maxSpeechTime": POSITIVE, "profanityFilter": BOOL, "finishOnKey": re.compile(r"[0-9*#]?"),
        "numDigits": POSITIVE, "partialResultCallback": URL, "partialResultCallbackMethod": METHOD, "language": ANY,
        "hints": ANY, "bargeIn": BOOL, "debug": BOOL, "actionOnEmptyResult": BOOL, "dtmfDetection": ANY,
        "speechModel": ANY, "enhanced": BOOL,
    },
    "Redirect": {"method": METHOD},
    "Dial": {
        "action": URL, "method": METHOD, "timeout": POSITIVE, "timeLimit": POSITIVE, "hangupOnStar": BOOL,
        "callerId": PHONE, "answerOnBridge": BOOL, "ringTone": ANY, "record": ANY, "trim": ANY, "recordingTrack": ANY,
        "recordingStatusCallback": URL, "recordingStatusCallbackMethod": METHOD, "recordingStatusCallbackEvent": ANY,
        "sequential": BOOL, "referUrl": URL, "referMethod": METHOD, "events": URL,
    },
    "Number": {
        "url": URL, "method": METHOD, "sendDigits": re.compile(r"[0-9wW*#]+"), "byoc": ANY, "statusCallback": URL,
        "statusCallbackEvent": ANY, "statusCallbackMethod": METHOD, "machineDetection": ANY,
    },
    "Conference": {
        "muted": BOOL, "beep": re.compile(r"true|false|onEnter|onExit"), "startConferenceOnEnter": BOOL,
        "endConferenceOnExit": BOOL, "participantLabel": ANY, "waitUrl": URL, "waitMethod": METHOD,
        "maxParticipants": POSITIVE, "record": ANY, "region": ANY, "coach": ANY, "statusCallback": URL,
        "statusCallbackMethod": METHOD, "statusCallbackEvent": ANY, "jitterBufferSize": ANY,
    },
    "Hangup": {},
}  # fmt: skip
SPOKEN = ("Say", "Play", "Pause")
CHILDREN = {
    "Response": (*SPOKEN, "Gather", "Redirect", "Dial", "Hangup"),
    "Gather": SPOKEN,
    "Dial": ("Number", "Conference"),
}


@dataclass(frozen=True)
class Verb:
    """One verb: its attributes, its text (of <Say>: all of it, SSML or not) and the verbs nested in it."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple[Verb, ...] = ()

    def number(self, name: str, default: int) -> int:
        """An attribute that is a number, or the default."""
        value = self.attributes.get(name, "")
        return int(value) if value.isdigit() else default


def read(document: bytes | str) -> tuple[list[Verb], list[str]]:
    """The verbs of a document in order, and what is wrong with it. Verbs that cannot be played are left out."""
    problems: list[str] = []
    try:
        root = ET.fromstring(document)
    except ET.ParseError as error:
        return [], [f"TwiML이 올바른 XML이 아닙니다: {error}"]
    if root.tag != "Response":
        return [], [f"TwiML의 바깥은 <Response>여야 하는데 <{root.tag}>입니다"]
    if root.attrib:
        problems.append(f"<Response>에는 속성이 없습니다: {', '.join(root.attrib)}")
    return list(_children(root, problems.append)), problems


def _children(parent: ET.Element, report: Callable[[str], None]) -> tuple[Verb, ...]:
    """The playable verbs directly inside an element."""
    verbs = []
    loose = [element.tail for element in parent] + ([parent.text] if parent.tag != "Dial" else [])
    if any((text or "").strip() for text in loose):
        report(f"<{parent.tag}> 안에 동사에 속하지 않은 글이 있습니다")
    for element in parent:
        if element.tag in CHILDREN[parent.tag]:
            verbs.append(_verb(element, report))
        else:
            known = "올 수 없는" if element.tag in VERBS else "모르는"
            report(f"<{parent.tag}> 안에 {known} TwiML이 있습니다: <{element.tag}>")
    return tuple(verbs)


def _verb(element: ET.Element, report: Callable[[str], None]) -> Verb:
    name = element.tag
    _check_attributes(name, element.attrib, VERBS[name], report)
    if name == "Say":
        text = " ".join("".join(element.itertext()).split())
        for inner in list(element.iter())[1:]:
            if inner.tag in SPEECH:
                _check_attributes(inner.tag, inner.attrib, SPEECH[inner.tag], report)
            else:
                report(f"<Say> 안에 모르는 TwiML이 있습니다: <{inner.tag}>")
    else:
        text = (element.text or "").strip()
    verb = Verb(name, dict(element.attrib), text, _children(element, report) if name in CHILDREN else ())
    if name not in CHILDREN and name != "Say" and len(element):
        report(f"<{name}> 안에는 다른 것이 올 수 없습니다: <{element[0].tag}>")
    RULES.get(name, lambda _verb, _report: None)(verb, report)
    return verb


def _check_attributes(tag: str, given: Mapping[str, str], allowed: Mapping[str, re.Pattern], report) -> None:
    for key, value in given.items():
        if key not in allowed:
            report(f"<{tag}>에 모르는 속성이 있습니다: {key}")
        elif not allowed[key].fullmatch(value):
            report(f'<{tag}>의 {key}="{value}"는 Twilio가 받지 않는 값입니다')


def _say(verb: Verb, report) -> None:
    if not verb.text:
        report("<Say>에 할 말이 없습니다")
    if len(verb.text) > MAX_SAY:
        report(f"<Say>가 {MAX_SAY}자를 넘습니다 ({len(verb.text)}자)")


def _play(verb: Verb, report) -> None:
    if not URL.fullmatch(verb.text) and "digits" not in verb.attributes:
        report("<Play>에 소리의 주소가 없습니다")


def _redirect(verb: Verb, report) -> None:
    if not URL.fullmatch(verb.text):
        report("<Redirect>에 주소가 없습니다")


def _number(verb: Verb, report) -> None:
    if not PHONE.fullmatch(verb.text):
        report("<Number>가 전화번호가 아닙니다")


def _conference(verb: Verb, report) -> None:
    if not verb.text or len(verb.text) > 128:
        report("<Conference>에 방 이름이 없습니다")
    if re.search(r"\d{7,}", verb.text) and verb.text.isdigit():
        report("<Conference>의 방 이름에 전화번호가 들어 있습니다")


def _dial(verb: Verb, report) -> None:
    if verb.text:
        _number(Verb("Number", {}, verb.text), report)
    elif not verb.children:
        report("<Dial>에 걸 번호가 없습니다")


def _gather(verb: Verb, report) -> None:
    a = verb.attributes
    if "speech" in a.get("input", "dtmf") and a.get("language") != "ko-KR":
        report('<Gather>에 language="ko-KR"이 없어 우리말을 알아듣지 못합니다')
    if "speechModel" in a and not a.get("speechTimeout", "").isdigit():
        report("<Gather>에 speechModel을 쓰면 speechTimeout은 수여야 합니다")
    if a.get("speechModel") == "phone_call" or a.get("enhanced") == "true":
        report("<Gather>의 speechModel=phone_call과 enhanced는 ko-KR에서 되지 않습니다")
    hints = [h for h in a.get("hints", "").split(",") if h]
    if len(hints) > MAX_HINTS or any(len(h.strip()) > MAX_HINT for h in hints):
        report(f"<Gather>의 hints는 {MAX_HINTS}구절, 구절마다 {MAX_HINT}자까지입니다")


RULES = {
    "Say": _say, "Play": _play, "Redirect": _redirect, "Number": _number, "Dial": _dial, "Conference": _conference,
    "Gather": _gather,
}  # fmt: skip
