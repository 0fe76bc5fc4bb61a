"""Nobody on duty answered a resident in danger: an emergency line of their choice, or waiting with the bot."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence

from sanic import Blueprint
from sanic.request import Request

from anbu import clock
from anbu.calling import record
from anbu.calling.closing import standing_signals
from anbu.handover import machine
from anbu.handover.script import handover_script, number_of
from anbu.language import replies
from anbu.language.korean import clean
from anbu.language.speech import number_aloud
from anbu.store.session import transaction
from connectors.twiml import Reply
from connectors.waiting import Handovers, hear, manner_of, next_n, xml
from connectors.webhook import Webhook

WAITS = re.compile("기다|삼번|세번째|나중|아니")
ORDINALS = ("일번|첫번째", "이번|두번째")
ALSO = {"119": "구급|소방", "112": "경찰", "109": "상담"}
UNCLEAR = "unclear"
LONGEST_YES = 5  # syllables; "글쎄요 그냥 그래요" rings no ambulance


def add_choice(hook: Blueprint, checked: Callable, handovers: Handovers, go_on: Callable[..., Awaitable]) -> None:
    """Add the route; `go_on` answers with what follows."""

    @hook.post("/handover/choice")
    @checked
    async def choice(request: Request, webhook: Webhook):
        script, asked_again = handover_script(), request.args.get("again")
        with transaction() as db:
            call = record.find_call(db, webhook.call_id or "")
            offered = script.offered([s.code for s in standing_signals(db, call)])
            chosen = chosen_by(webhook, offered)
            h = machine.current(db, call.id)
            choosing = h is not None and h.state == "choosing"
            ask_again = choosing and chosen == UNCLEAR and not asked_again
            there = chosen in offered and number_of(chosen)
            first = [script.line("line_not_here", chosen=chosen)] if chosen in offered and not there else []
            again = [script.choice(offered, bool(h and h.quiet), again=True)]
            hear(db, call, webhook, {"lines": again if ask_again else first})
            orders, manner, n = [], manner_of(call), next_n(db, call)
            if choosing and not ask_again:  # unclear a second time: waiting is always safe
                orders = machine.choose(db, h, chosen if chosen in offered else None, clock.now())
        await handovers.do(orders, here=call.id)
        if not ask_again:
            return await go_on(handovers, request, webhook, first)
        reply = Reply(again)
        action = f"{handovers.rooms.base}/choice?call={call.id}&n={n}&again=1"
        voice = await handovers.voice(reply, manner)
        document = handovers.rooms.ask(reply, voice, action, keys_only=h.quiet, wait_s=script.listen_s)
        return xml(document, call.id, "handover_choice")


def chosen_by(webhook: Webhook, offered: Sequence[str]) -> str | None:
    """The emergency line chosen, None for waiting (or nothing said), or UNCLEAR."""
    if webhook.get("Digits"):
        return {str(i): option for i, option in enumerate(offered, 1)}.get(webhook.get("Digits"))
    heard = re.sub(r"\s", "", webhook.get("SpeechResult") or "")
    if not heard:
        return None
    for option, ordinal in zip(offered, ORDINALS, strict=False):
        if re.search(f"{option}|{number_aloud(option)}|{ordinal}|{ALSO.get(option, option)}", heard):
            return option
    if WAITS.search(heard):
        return None
    yes = len(heard) <= LONGEST_YES and replies.kind(clean(webhook.get("SpeechResult"))) == "affirm"
    return offered[0] if yes else UNCLEAR
