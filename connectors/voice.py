"""Twilio voice as a Rasa channel: routes only. Registered in credentials.yml as `connectors.voice.VoiceInput`.

POST answer?call=ID     Twilio connected a call (without `call`: a resident is calling us)
POST turn?call=ID&n=N   what the resident said, or nothing
POST handover…          a person for the resident (connectors/handover.py)
POST status?call=ID     status callbacks
POST amd?call=ID        whether a person or a machine took the call
POST fallback?call=ID   Twilio could not get an answer from us
GET  ready              the dialogue model is loaded
GET  audio/NAME.wav     what is said, as sound
GET  metrics            for Prometheus
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request

from anbu import clock
from anbu.calling import callbacks, record
from anbu.calling.closing import sweep
from anbu.calling.spool import bring_in
from anbu.calling.status import apply_status, note_answered_by
from anbu.casework.watch import Watch
from anbu.errors import NotFound
from anbu.handover.line import line
from anbu.handover.work import look_after
from anbu.log import configure_logging
from anbu.settings import settings
from anbu.store.session import migrate, transaction
from anbu.voice.speaker import open_speaker
from connectors.audio import add_audio
from connectors.conversation import Conversation, fixed_line
from connectors.handover import add_handover, line_ended, line_ending
from connectors.inprocess import install
from connectors.twiml import Reply, Voice, render
from connectors.waiting import Handovers
from connectors.webhook import BadWebhook, Webhook, check

log = structlog.get_logger()


class VoiceInput(InputChannel):
    """The channel. Settings come from ANBU_*; credentials.yml carries nothing."""

    @classmethod
    def name(cls) -> str:
        return "voice"

    @classmethod
    def from_credentials(cls, credentials):
        settings()  # a wrong setting stops the start with a clear message
        return cls()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable]) -> Blueprint:
        hook = Blueprint("voice_webhook", __name__)
        conversation = Conversation(on_new_message, f"/webhooks/{self.name()}")

        def checked(handler):
            """Refuse what is not a good webhook; turn what is wrong with it into a plain 4xx."""

            async def route(request: Request):
                try:
                    return await handler(request, check(request))
                except BadWebhook as refused:
                    log.warning("webhook refused", path=request.path, status=refused.status)
                    return response.text(str(refused), status=refused.status)
                except NotFound:
                    return response.text("no such call", status=404)
                except ValueError as wrong:
                    return response.text(str(wrong), status=409)

            route.__name__ = handler.__name__
            return route

        async def _turn(request: Request, webhook: Webhook, call_id: str, n: int, kind: str):
            agent = getattr(request.app.ctx, "agent", None)
            twiml, topic = await conversation.take(agent, call_id, n, kind, webhook)
            headers = {"X-Anbu-Call": call_id, **({"X-Anbu-Topic": topic} if topic else {})}
            return response.text(twiml, content_type="text/xml; charset=utf-8", headers=headers)

        async def _handed_back(request: Request, webhook: Webhook, call_id: str, n: int):
            return await _turn(request, webhook, call_id, n, "handover")

        handovers = Handovers(f"/webhooks/{self.name()}", _handed_back)

        @hook.post("/answer")
        @checked
        async def answer(request: Request, webhook: Webhook):
            call_id = webhook.call_id or _incoming(webhook)
            return await _turn(request, webhook, call_id, 0, "answer")

        @hook.post("/turn")
        @checked
        async def turn(request: Request, webhook: Webhook):
            return await _turn(request, webhook, *_place(webhook), "turn")

        @hook.post("/status")
        @checked
        async def status(request: Request, webhook: Webhook):
            sequence = webhook.get("SequenceNumber") or ""
            call_id, status = webhook.call_id or "", webhook.get("CallStatus") or ""
            with transaction() as db:
                orders = line_ending(db, call_id, status)
                apply_status(
                    db, call_id, status,
                    int(sequence) if sequence.isascii() and sequence.isdigit() else None, clock.now(),
                    webhook.get("CallSid"),
                )  # fmt: skip
                orders += line_ended(db, call_id, status)
            await handovers.do(orders)
            return response.empty()

        @hook.post("/amd")
        @checked
        async def answered_by(request: Request, webhook: Webhook):
            with transaction() as db:
                note_answered_by(db, webhook.call_id or "", webhook.get("AnsweredBy") or "unknown", clock.now())
            return response.empty()

        @hook.post("/fallback")
        @checked
        async def fallback(request: Request, webhook: Webhook):
            log.error("fallback", call=webhook.call_id, error=webhook.get("ErrorCode"))
            return response.text(_apology(webhook), content_type="text/xml; charset=utf-8")

        @hook.get("/ready")
        async def ready(request: Request):
            ready = getattr(request.app.ctx, "anbu_ready", False)
            return response.json({"ready": ready}, status=200 if ready else 503)

        add_audio(hook)
        add_handover(hook, checked, handovers)

        @hook.get("/metrics")
        async def metrics(request: Request):
            return response.raw(generate_latest(), content_type=CONTENT_TYPE_LATEST)

        @hook.listener("after_server_start")
        async def start(app, loop):
            configure_logging()
            migrate()
            app.ctx.speaker = conversation.speaker = handovers.speaker = open_speaker()
            agent = app.ctx.agent
            if agent is not None and agent.is_ready():
                install(agent)
                await agent.parse_message("여보세요")  # the analyser loads now, not in someone's first turn
                app.ctx.anbu_ready = True
            app.ctx.sweeper = loop.create_task(_sweep_forever(conversation))
            app.ctx.watch = Watch().start()

        @hook.listener("before_server_stop")
        async def stop(app, loop):
            app.ctx.sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await app.ctx.sweeper
            await asyncio.to_thread(app.ctx.watch.stop)
            await app.ctx.speaker.close()

        return hook


def _place(webhook: Webhook) -> tuple[str, int]:
    """The call and turn our own URL names. Raises BadWebhook."""
    if not webhook.call_id or webhook.n is None:
        raise BadWebhook(400, "the URL must name call and n")
    return webhook.call_id, webhook.n


def _incoming(webhook: Webhook) -> str:
    """The call row of a resident who calls us; the same CallSid is the same call. Raises BadWebhook."""
    sid = webhook.get("CallSid")
    if not sid:
        raise BadWebhook(400, "CallSid is missing")
    with transaction(exclusive=True) as db:
        return callbacks.incoming(db, webhook.get("From"), sid, clock.now()).id


def _apology(webhook: Webhook) -> str:
    """What Twilio speaks when our answer failed: ask again if the call can go on, else promise a call back."""
    url = f"{settings().public_url}/webhooks/voice"
    voice = Voice(settings().say_voice)
    with transaction() as db:
        call = record.find_call(db, webhook.call_id or "")
        last = call.turns[-1] if call.turns else None
        call.needs_person = call.needs_person or "error"
        if call.closed_at is not None or last is None:
            return render(Reply([fixed_line("utter_safe_end")], end="callback"), voice)
        n = last.n + 1 if last.reply else last.n
        ask = (last.said or {}).get("ask")
        voice = Voice(settings().say_voice, f"{url}/turn?call={call.id}&n={n}")
        return render(Reply([fixed_line("utter_safe_again", n)], ask=ask), voice)


async def _sweep_forever(conversation: Conversation) -> None:
    """Bring in spooled utterances and close calls that nobody closed."""
    while True:
        try:
            bring_in()
            sweep(clock.now(), settings().stale_after_s)
            await asyncio.to_thread(look_after, clock.now(), line())
            conversation.speaker.store.forget_expired()
        except Exception as error:
            log.error("sweep failed", error=type(error).__name__)
        await asyncio.sleep(settings().sweep_every_s)
