"""Custom actions inside the engine, and the model's graph without a planner.

Over HTTP each action costs the whole tracker, a session and a fresh check of a constant JSON schema (16 ms). This
endpoint hands the same request to rasa-sdk's executor in this process. It relies on rasa 3.6's internals
(`processor.action_endpoint` and `graph_runner`, `RemoteAction._validate_action_result`), which
tests/connectors/test_inprocess.py and test_straight_runner.py pin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

import structlog
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.engine.runner.dask import DaskGraphRunner
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
    """Run the agent's custom actions and its graph in this process, the short way, from now on."""
    endpoint = InProcessActions()
    agent.action_endpoint = endpoint
    agent.processor.action_endpoint = endpoint
    RemoteAction._validate_action_result = lambda self, result: True  # our own executor made it
    if isinstance(agent.processor.graph_runner, DaskGraphRunner):
        agent.processor.graph_runner = StraightRunner(agent.processor.graph_runner)
    return endpoint


class StraightRunner:
    """Runs a loaded model's graph node by node. Rasa's runner plans the same few nodes anew, with dask, each time."""

    def __init__(self, loaded: DaskGraphRunner):
        self._schema, self._nodes = loaded._graph_schema, loaded._instantiated_nodes
        self._plans: dict[tuple[str, ...], list[tuple[str, list[str]]]] = {}

    def run(self, inputs: Mapping[str, Any] | None = None, targets: Sequence[str] | None = None) -> dict[str, Any]:
        """What Rasa's GraphRunner.run returns: the output of each target by its name."""
        wanted = tuple(targets or self._schema.target_names)
        if wanted not in self._plans:
            self._plans[wanted] = self._plan(wanted)
        done = {name: (name, value) for name, value in (inputs or {}).items()}
        for name, needs in self._plans[wanted]:
            done[name] = self._nodes[name](*(done.get(need, need) for need in needs))
        return dict(done[name] for name in wanted)

    def _plan(self, wanted: tuple[str, ...]) -> list[tuple[str, list[str]]]:
        """The nodes that lead to `wanted` and what each needs, in an order in which they can run."""
        needs = {n: list(s.needs.values()) for n, s in self._schema.minimal_graph_schema(list(wanted)).nodes.items()}
        return [(name, needs[name]) for name in TopologicalSorter(needs).static_order() if name in needs]
