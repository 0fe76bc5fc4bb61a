"""Rasa custom actions: read slots, call one anbu function, return events. Words live in domain.yml."""

from actions.checkin import ActionOpenCall, ValidateCheckinForm
from actions.danger import ActionDanger, ActionHandoverFailed
from actions.interruptions import (
    ActionBusy,
    ActionGoodbye,
    ActionMissed,
    ActionPace,
    ActionProxy,
    ActionWander,
    ActionWantHuman,
)  # fmt: skip

__all__ = [
    "ActionBusy", "ActionDanger", "ActionGoodbye", "ActionHandoverFailed", "ActionMissed", "ActionOpenCall",
    "ActionPace", "ActionProxy", "ActionWander", "ActionWantHuman", "ValidateCheckinForm",
]  # fmt: skip
