"""Answers that are made of each other are found once, are complete, and survive a rule that raises."""

import pytest

from analyzers.cycles import Cycles


class Graph:
    """What each node reaches, itself included; a node that is not there raises."""

    def __init__(self, edges: dict[str, str], limit: int = 100) -> None:
        self.edges = edges
        self.asked: list[str] = []
        self._cycles: Cycles[frozenset[str]] = Cycles(frozenset(), limit)
        self._known: dict[str, frozenset[str]] = {}

    def reached(self, node: str) -> frozenset[str]:
        if node in self._known:
            return self._known[node]
        found = self._cycles.pending(node)
        if found is None:
            found, is_final = self._cycles.solve(node, lambda: self._made(node))
            if is_final:
                self._known[node] = found
        return found

    def _made(self, node: str) -> frozenset[str]:
        self.asked.append(node)
        return frozenset(node).union(*map(self.reached, self.edges[node]))


def test_each_node_of_a_cycle_has_its_whole_answer() -> None:
    graph = Graph({"a": "b", "b": "c", "c": "ad", "d": ""})

    assert [sorted(graph.reached(node)) for node in "abcd"] == [list("abcd"), list("abcd"), list("abcd"), ["d"]]


def test_many_ways_to_one_node_ask_for_it_once() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    graph = Graph({letter: letters[index + 1 : index + 3] for index, letter in enumerate(letters)})

    assert graph.reached("a") == frozenset(letters)
    assert sorted(graph.asked) == sorted(letters)


def test_what_lies_too_deep_is_found_when_it_is_asked_for_itself() -> None:
    graph = Graph({"a": "b", "b": "c", "c": "d", "d": ""}, limit=1)

    assert graph.reached("a") == frozenset("ab")
    assert graph.reached("c") == frozenset("cd")


def test_a_rule_that_raises_leaves_nothing_half_found() -> None:
    graph = Graph({"a": "bx", "b": "ac", "c": ""})
    with pytest.raises(KeyError):
        graph.reached("a")
    graph.edges["x"] = ""

    assert graph.reached("b") == frozenset("abcx")
