"""Custom actions inside the engine.

Over HTTP each action costs the whole tracker, a session and a fresh check of a constant JSON schema (16 ms). This
endpoint hands the same request to rasa-sdk's executor in this process. It relies on rasa 3.6's internals
(`processor.action_endpoint`, `RemoteAction._validate_action_result`), which tests/connectors/test_inprocess.py pins.
"""

from __future__ import annotations

import structlog
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection

log = structlog.get_logger()


class InProcessActions(EndpointConfig):
    """An action endpoint that runs the `actions` package here."""

    def __init__(self, package: str = "actions"):
        super().__init__(url="in-process")
        self._executor = ActionExecutor()
        self._executor.register_package(package)

    async def request(self, method="post", subpath=None, content_type=None, compress=False, **kwargs):
        call = kwargs["json"]
        try:
            return await self._executor.run(call)
        except ActionExecutionRejection as rejection:
            body = f'{{"action_name": "{rejection.action_name}", "error": "rejected"}}'
            raise ClientResponseError(400, "rejected", body) from rejection
        except Exception as error:
            # Rasa would log the exception with the tracker; the type and the action say enough.
            log.error("action failed", action=call.get("next_action"), error=type(error).__name__)
            raise ClientResponseError(500, type(error).__name__, "") from None


def install(agent: Agent) -> InProcessActions:
    """Run the agent's custom actions in this process from now on."""
    endpoint = InProcessActions()
    agent.action_endpoint = endpoint
    agent.processor.action_endpoint = endpoint
    RemoteAction._validate_action_result = lambda self, result: True  # our own executor made it
    return endpoint
