"""The graph runner gives what Rasa's own gives, and leans on parts of rasa 3.6 that are there."""

from rasa.core.processor import MessageProcessor
from rasa.engine.graph import GraphNode, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner

from connectors.inprocess import StraightRunner


class Node:
    """A node that tells what it was given."""

    def __init__(self, name):
        self.name, self.runs = name, 0

    def __call__(self, *given):
        self.runs += 1
        return self.name, f"{self.name}({', '.join(str(value) for _, value in given)})"


def loaded():
    needs = {
        "read": {"words": "__message__"},
        "count": {"of": "read"},
        "both": {"a": "read", "b": "count"},
        "aside": {},
    }
    nodes = {n: SchemaNode(of, Node, "load", "run", {}, is_target=n in ("both", "aside")) for n, of in needs.items()}
    runner = DaskGraphRunner.__new__(DaskGraphRunner)
    runner._graph_schema, runner._execution_context = GraphSchema(nodes), None
    runner._instantiated_nodes = {n: Node(n) for n in needs}
    return runner


def test_outputs_are_those_of_rasas_runner():
    for targets in (["both"], ["read", "aside"], None):
        theirs, ours = loaded(), StraightRunner(loaded())
        assert ours.run({"__message__": "네"}, targets) == theirs.run({"__message__": "네"}, targets)


def test_only_what_a_target_needs_runs_and_once():
    runner = StraightRunner(loaded())
    assert runner.run({"__message__": "네"}, ["count"]) == {"count": "count(read(네))"}
    assert {n: node.runs for n, node in runner._nodes.items()} == {"read": 1, "count": 1, "both": 0, "aside": 0}


def test_rasa_has_the_parts_that_are_used():
    assert "graph_runner" in MessageProcessor._predict_next_with_tracker.__code__.co_names
    assert callable(GraphNode.__call__)
