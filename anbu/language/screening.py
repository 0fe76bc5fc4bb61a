"""The danger screen as a call uses it before anything else: rules and statistical reader, or the rules alone."""

from __future__ import annotations

import structlog

from anbu.errors import AnbuError
from anbu.language.artefact import newest
from anbu.language.screen import screen
from anbu.language.types import Signal
from anbu.language.understand import heard_signals

log = structlog.get_logger()


def dangers(text: str) -> tuple[Signal, ...]:
    """The dangers in what was heard. Where the statistical reader cannot serve, the rules alone decide."""
    try:
        return heard_signals(text, newest())
    except AnbuError:  # nothing was trained yet
        return screen(text)
    except Exception as error:
        log.error("statistical screen failed", error=type(error).__name__)
        return screen(text)
