"""The contract between scripts, words and vocabulary, which `rasa data validate` does not know. Run by `anbu check`."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from anbu.assessment.vocabulary import parse as parse_vocabulary
from anbu.calling import scripts as script_files
from anbu.errors import ContentError
from anbu.settings import ROOT

OUTCOMES = {
    "completed", "refused", "callback", "wrong_number", "proxy", "opt_out", "hung_up", "handed_over",
}  # fmt: skip
WORDINGS = ("simple", "keypad")
SYLLABLES_PER_SECOND = 6.5  # our estimate of a calm Korean synthetic voice
FILLED_IN = {"office": 9, "verify_number": 8}  # syllables of a usual office name and number
OPENING_SECONDS = 15
MOST_CHARACTERS = 75  # of one question
KNOWN_BY_CODE = {"call_started", "danger", "silence", "handover_failed"}


def problems(root: Path = ROOT) -> list[str]:
    """What is wrong, one plain Korean sentence each, naming the file and how to mend it; [] when all fits."""
    try:
        domain = _yaml(root / "domain.yml")
        words = parse_vocabulary(_yaml(root / "data/assessment/factors.yml"), "data/assessment/factors.yml")
        scripts = {p.stem: script_files.parse(p.stem, _yaml(p)) for p in sorted((root / "data/scripts").glob("*.yml"))}
        follow_ups = _yaml(root / "data/assessment/follow_ups.yml")
    except ContentError as error:
        return [str(error)]
    found = []
    topics = {t.key for s in scripts.values() for t in s.topics}
    topics |= {topic for rules in follow_ups.values() for topic in rules.get("ask", [])}
    for topic in sorted(topics):
        found += _topic_problems(topic, domain, topic in words.factors)
    found += _response_problems(domain["responses"])
    intents = {next(iter(i)) if isinstance(i, dict) else i for i in domain["intents"]}
    found += [f"domain.yml: intents 에 화행 {act} 를 더하세요" for act in sorted(set(words.acts) - intents)]
    found += [
        f"domain.yml: intents 의 {i} 는 화행이 아닙니다" for i in sorted(intents - set(words.acts) - KNOWN_BY_CODE)
    ]
    found += [
        f"data/nlu/acts/{act}.yml 이 없습니다. 그 화행의 말투를 적어 주세요"
        for act in words.acts
        if not (root / f"data/nlu/acts/{act}.yml").exists()
    ]
    found += _helpline_problems(domain["responses"], follow_ups, words)
    return found


def _yaml(path: Path):
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, yaml.YAMLError) as error:
        raise ContentError(f"{path.name}: 읽을 수 없습니다 ({error})") from error


def _slot_of(condition: dict, name: str):
    return next((c["value"] for c in condition.get("condition", []) if c["name"] == name), None)


def _topic_problems(topic: str, domain: dict, is_factor: bool) -> list[str]:
    found = []
    slot = domain["slots"].get(topic)
    if slot is None:
        found.append(f"domain.yml: slots 에 {topic} 을 더하세요")
    elif is_factor and not any(m.get("entity") == topic for m in slot["mappings"]):
        found.append(f"domain.yml: slots.{topic} 의 mappings 는 from_entity, entity: {topic} 이어야 합니다")
    if is_factor and topic not in domain["entities"]:
        found.append(f"domain.yml: entities 에 {topic} 을 더하세요")
    variants = domain["responses"].get(f"utter_ask_{topic}")
    if not variants:
        return [*found, f"domain.yml: {topic} 의 질문 utter_ask_{topic} 이 없습니다"]
    for wording in WORDINGS:
        fitting = [v for v in variants if _slot_of(v, "wording") == wording]
        if not fitting:
            found.append(f"domain.yml: utter_ask_{topic} 에 wording={wording} 인 말을 하나 더하세요")
        if wording == "keypad" and any(not all(k in v["text"] for k in ("1번", "2번", "0번")) for v in fitting):
            found.append(f"domain.yml: utter_ask_{topic} 의 keypad 말은 1번, 2번, 0번을 모두 알려야 합니다")
    for variant in variants:
        text = variant["text"]
        if (variant.get("custom") or {}).get("topic") != topic:
            found.append(f"domain.yml: utter_ask_{topic} “{text}” 에 custom.topic: {topic} 을 적으세요")
        if len(text) > MOST_CHARACTERS:
            found.append(f"domain.yml: utter_ask_{topic} “{text}” 가 깁니다 ({len(text)}자). 더 짧게 여쭤 주세요")
        if text.count("?") > 1:
            found.append(f"domain.yml: utter_ask_{topic} “{text}” 는 한 번에 두 가지를 여쭙니다")
        if re.search(r"예 ?또는 ?아니오로|네 ?또는 ?아니오로 ?(대답|답)해", text):
            found.append(f"domain.yml: utter_ask_{topic} “{text}” 는 예·아니요를 강요합니다")
    return found


def _response_problems(responses: dict) -> list[str]:
    found = []
    for name, variants in responses.items():
        for variant in variants:
            text, custom = variant.get("text", ""), variant.get("custom") or {}
            spoken = re.sub(r"\{\w+\}", "", text)
            if not text.strip():
                found.append(f"domain.yml: {name} 에 빈 말이 있습니다")
            if re.search(r"[A-Za-z<>&*_#]", spoken):
                found.append(f"domain.yml: {name} “{text}” 에 소리 내어 읽을 수 없는 글자가 있습니다")
            if custom.get("end") not in (None, *OUTCOMES):
                found.append(
                    f"domain.yml: {name} 의 end: {custom['end']} 는 통화 결과가 아닙니다. 가능한 값: {sorted(OUTCOMES)}"
                )
    for variant in responses.get("utter_open", []):
        aloud = len(re.findall("[가-힣]", variant["text"]))
        aloud += sum(n for name, n in FILLED_IN.items() if f"{{{name}}}" in variant["text"])
        if (length := aloud / SYLLABLES_PER_SECOND) > OPENING_SECONDS:
            found.append(f"domain.yml: utter_open 이 {length:.0f}초쯤 걸립니다. {OPENING_SECONDS}초 안으로 줄이세요")
    return found


def _helpline_problems(responses: dict, follow_ups: dict, words) -> list[str]:
    found = [
        f"data/assessment/follow_ups.yml: {code} 는 신호가 아닙니다" for code in set(follow_ups) - set(words.signals)
    ]
    said = {_slot_of(v, "helpline") for v in responses["utter_helpline"]} | {"emergency"}
    for code, rules in follow_ups.items():
        if rules.get("helpline") not in said:
            found.append(f"domain.yml: utter_helpline 에 helpline={rules.get('helpline')} 인 말이 없습니다 ({code})")
        for target in (rules.get("raise") or {}).values():
            if target not in words.signals:
                found.append(f"data/assessment/follow_ups.yml: {code}.raise 의 {target} 은 신호가 아닙니다")
    return found
