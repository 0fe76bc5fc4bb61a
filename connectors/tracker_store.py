"""Live calls' trackers: in memory, compact, and written through to the call's row so that a restarted engine goes on.

Rasa's cost per turn grows with the tracker, and its own stores write the resident's words in plain text. All that the
rules need lies in the slots, the active form and the wordings already used; after each turn the tracker is cut down to
those, and the connector stores the same snapshot, encrypted, when it records its reply.
"""

from __future__ import annotations

from rasa.core.agent import Agent
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from anbu.calling.record import load_dialogue
from anbu.store.session import transaction
from connectors.responses import wordings

REMEMBERED_WORDINGS = 24


class CallTrackerStore(TrackerStore):
    """Named in endpoints.yml. The sender id is the call id."""

    def __init__(self, domain, event_broker=None, host=None, **kwargs):
        super().__init__(domain, event_broker, **kwargs)
        self._live: dict[str, dict] = {}

    async def save(self, tracker: DialogueStateTracker) -> None:
        self._live[tracker.sender_id] = snapshot_of(tracker)

    def of(self, sender_id: str) -> dict | None:
        """The snapshot to keep with the call's row; the turn writes it together with its reply."""
        return self._live.get(sender_id)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        snapshot = self._live.get(sender_id)
        if snapshot is None:
            with transaction() as db:
                snapshot = load_dialogue(db, sender_id)
            if snapshot is None:
                return None
            self._live[sender_id] = snapshot
        return self._rebuild(sender_id, snapshot)

    async def keys(self):
        return list(self._live)

    def forget(self, sender_id: str) -> None:
        """The call is over."""
        self._live.pop(sender_id, None)

    def _rebuild(self, sender_id: str, snapshot: dict) -> DialogueStateTracker:
        tracker = self.init_tracker(sender_id)
        events = [BotUttered(None, metadata={"lines": snapshot["said"]})]  # one: Rasa replays each event many times
        events += [ActiveLoop(snapshot["loop"])] if snapshot["loop"] else []
        events += [SlotSet(key, value) for key, value in snapshot["slots"].items()]
        if snapshot["loop"]:
            events.append(ActionExecuted(snapshot["loop"]))
        for event in [*events, ActionExecuted(ACTION_LISTEN_NAME)]:
            tracker.update(event)
        return tracker


def snapshot_of(tracker: DialogueStateTracker) -> dict:
    """Slots, active form and recent wordings of a tracker, as JSON-ready values."""
    slots = {
        k: v for k, v in tracker.current_slot_values().items() if v is not None and k != "session_started_metadata"
    }
    if tracker.get_slot(REQUESTED_SLOT) is not None:
        slots[REQUESTED_SLOT] = tracker.get_slot(REQUESTED_SLOT)
    return {"slots": slots, "loop": tracker.active_loop_name, "said": wordings(tracker)[-REMEMBERED_WORDINGS:]}


def snapshots(agent: Agent) -> CallTrackerStore:
    """The agent's store of live calls; Rasa wraps it against failures of other kinds of store."""
    store = agent.tracker_store
    return getattr(store, "_tracker_store", store)
