"""The conference of a rehearsal: the resident waits in it, officers come and go, and REST moves lines about."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from anbu.rehearsal.exchange import Exchange, Leg
from anbu.rehearsal.hooks import Request
from anbu.rehearsal.officers import OfficerPhone
from anbu.rehearsal.twiml import Verb, read

if TYPE_CHECKING:
    from anbu.rehearsal.player import Player

HOLD_S = 12  # one round of the hold: its words and its pause
MOST_ROUNDS = 30  # of the hold, in one stay
WAITING = "handover_hold"  # the topic at which a persona hangs up while waiting


class Room:
    """One stay of the resident in a conference."""

    def __init__(self, player: Player, dial: Verb, url: str, exchange: Exchange):
        self._player, self._dial, self._url, self._exchange = player, dial, url, exchange
        self._conference = dial.children[0]
        self._limit_s = dial.number("timeLimit", 4 * 3600)

    def stay(self) -> Request | None:
        """Wait until something happens; → where the resident's line goes next, None when it was hung up."""
        player, exchange = self._player, self._exchange
        self._event("participant-join")
        officer = exchange.in_room()
        if officer is not None:
            return self._talk(officer)
        for spent in range(0, MOST_ROUNDS * HOLD_S, HOLD_S):
            moved = exchange.moves.pop(player.telephone.sid, None)
            if moved:
                return self._gone(Request(moved))
            if spent >= self._limit_s:
                return self._gone(self._action("completed"))
            if player.hangs_up(WAITING):
                return self._gone(None)
            self._hold()
            leg = exchange.waiting()
            if leg is not None:
                self._phone(leg).ring()
            if exchange.in_room() and not exchange.moves.get(player.telephone.sid):
                return self._talk(exchange.in_room())  # the move was lost: they meet all the same
        player.problem("방에서 아무도 오지 않는데 나오지도 못합니다")
        return None

    def _talk(self, leg: Leg) -> Request | None:
        """Both are here; → what follows when one of them goes."""
        player, phone = self._player, self._phone(leg)
        self._event("conference-start")
        self._exchange.moves.pop(player.telephone.sid, None)
        player.note_officer("(주민과 이야기함)")
        if player.hangs_up("handover_talk"):
            player.hang_up()
            player.report_end()  # Twilio tells of the end of the resident's call, and the room ends
            phone.left_alone()
            return None
        phone.hang_up()
        self._event("conference-end")
        moved = self._exchange.moves.pop(player.telephone.sid, None)
        return Request(moved) if moved else self._action("answered")

    def _hold(self) -> None:
        player = self._player
        response = player.hooks.send(
            Request(urljoin(self._url, self._conference.attributes["waitUrl"])), player.telephone
        )
        verbs, problems = read(response.content)
        for problem in [*problems, *([] if response.is_success else [f"HTTP {response.status_code}"])]:
            player.problem(f"기다리는 방: {problem}")
        if any(v.name not in ("Say", "Play", "Pause", "Redirect") for v in verbs):
            player.problem("기다리는 방에는 Say, Play, Pause, Redirect만 올 수 있습니다")
        spoken = [v for v in verbs if v.name in ("Say", "Play")]
        if not spoken:
            player.problem("기다리는 방이 조용합니다")
        for verb in spoken:
            player.overhear(verb, self._url)

    def _gone(self, request: Request | None) -> Request | None:
        self._event("participant-leave")
        if request is None:
            self._player.hang_up()
        return request

    def _action(self, status: str) -> Request:
        return Request(urljoin(self._url, self._dial.attributes["action"]), fields={"DialCallStatus": status})

    def _event(self, name: str) -> None:
        callback = self._conference.attributes.get("statusCallback")
        if callback:
            fields = {
                "StatusCallbackEvent": name,
                "FriendlyName": self._conference.text,
                "ConferenceSid": "CF" + "0" * 32,
            }
            self._player.hooks.send(Request(urljoin(self._url, callback), fields=fields), self._player.telephone)

    def _phone(self, leg: Leg) -> OfficerPhone:
        return OfficerPhone(leg, self._player.hooks, self._player.note_officer, self._player.problem)
