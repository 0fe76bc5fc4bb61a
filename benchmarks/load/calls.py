"""The scripted calls that both engines take: the same words in the same order."""

from __future__ import annotations

# By topic, in the order in which data/scripts/initial.yml asks; nobody here is unwell, so no question is added.
ANSWERS = {
    "identity": "김순자예요",
    "consent": "네 괜찮아요",
    "wellbeing": "그럭저럭 지내지요",
    "meals": "세 끼 다 먹어요",
    "health": "아픈 데 없어요",
    "care_access": "약 꼬박꼬박 먹어요",
    "outing": "매일 나가요",
    "contact": "딸이 날마다 전화해요",
    "support": "아프면 아들이 금방 와요",
    "loneliness": "하나도 안 외로워요",
    "mood": "기분 좋고 잠도 잘 자요",
    "loss": "큰일 없었어요",
    "selfcare": "매일 씻고 청소도 해요",
    "alcohol": "술은 안 마셔요",
    "cognition": "정신은 또렷해요",
    "finances": "돈 걱정은 없어요",
    "housing": "집은 따뜻하고 아무 문제 없어요",
    "needs": "필요한 거 없어요",
    "closing": "없어요",
}
INTERRUPTIONS = ("뭐라고요", "누구세요", "좀 천천히 말해 주세요", "사람이에요 기계예요")
INTERRUPTED = ("health", "support", "alcohol")  # in an ordinary call
EARLY, LATE = 5, 60  # the turns of a long call that are compared: both answer a question
LONG_UNTIL = 65


def ordinary() -> list[str]:
    """A call with one interruption at each of a few questions."""
    said = []
    for topic, answer in ANSWERS.items():
        if topic in INTERRUPTED:
            said.append(INTERRUPTIONS[INTERRUPTED.index(topic)])
        said.append(answer)
    return said


def long() -> list[str]:
    """A call in which nearly every question is interrupted four times, so that it lasts beyond turn `LATE`.

    From turn 5 on every fifth turn is an answer and the four before it are interruptions: turns 5 and 60 (and 4 and
    59) are of one kind.
    """
    topics = list(ANSWERS)
    said = [ANSWERS[t] for t in topics[:3]] + [INTERRUPTIONS[0], ANSWERS[topics[3]]]
    for topic in topics[4:]:
        said += [*INTERRUPTIONS[1:], INTERRUPTIONS[0], ANSWERS[topic]]
    return said[:LONG_UNTIL]
