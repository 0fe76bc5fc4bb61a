"""Logging: one line an event, no names, numbers or words of residents. Rasa's debug lines quote them: off."""

from __future__ import annotations

import logging

import structlog


def configure_logging(level: int = logging.INFO) -> None:
    """`level` (INFO) for our own lines, WARNING for libraries whose lines may carry a message's text."""
    for name in ("rasa", "rasa_sdk", "sanic.access", "httpx", "alembic", "twilio.http_client"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("rasa.core.actions.action").setLevel(logging.CRITICAL)  # a rejected form is no error
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
