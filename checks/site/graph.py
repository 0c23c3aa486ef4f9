"""What rests on what: rules, routes and checks as a picture, with badges that count their ancestors.

A badge is computed from the judged steps: a rule is worth its weakest use in a derivation that was not
refused, a route its weakest rule, a check its weakest page. Nothing is claimed by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from checks.site.content import Content
from checks.site.gather import Material

ORDER = ("proved", "proved-if", "evidence", "undecided", "condition-failed", "refuted")
ROW, WIDTH, COLUMN = 30, 280, 380
LEFT, TOP = 10, 34


@dataclass(frozen=True, slots=True)
class Node:
    """A box: where it stands, what it links to, what its badge says."""

    name: str
    href: str
    status: str
    column: int
    row: int

    @property
    def x(self) -> int:
        """The left side."""
        return LEFT + self.column * COLUMN

    @property
    def y(self) -> int:
        """The middle."""
        return TOP + self.row * ROW + ROW // 2


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in three columns and edges from what is used to what uses it."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[Node, Node], ...]

    @property
    def box(self) -> int:
        """How wide a node is."""
        return WIDTH

    @property
    def columns(self) -> tuple[int, ...]:
        """Where each column begins."""
        return tuple(LEFT + i * COLUMN for i in range(3))

    @property
    def height(self) -> int:
        """Of the picture, in its own units."""
        return TOP + ROW * (1 + max((n.row for n in self.nodes), default=0)) + 10

    @property
    def width(self) -> int:
        """Of the picture, in its own units."""
        return LEFT + 2 * COLUMN + WIDTH + 10


def graph_of(material: Material) -> Graph:
    """The graph of one build: refused derivations are counterexamples and lend nobody their status."""
    rules = {r.stem: r.name for r in material.rules}
    sound = [c for c in material.contents if c.status not in ("condition-failed", "refuted")]
    uses = {(s.stem, d.route) for c in sound for d in c.derivations for s in d.steps if s.stem in rules}
    routes = sorted({d.route for c in material.contents for d in c.derivations})
    checks = list(dict.fromkeys(c.subject.check for c in material.contents))
    pages = ((stem, name, f"rules/{stem}.html") for stem, name in rules.items())
    nodes = [Node(name, href, _of_rule(stem, sound), 0, i) for i, (stem, name, href) in enumerate(pages)]
    nodes += [Node(r.replace("_", " "), "", _of_route(r, sound), 1, i) for i, r in enumerate(routes)]
    nodes += [Node(c, f"{c}/index.html", _of_check(c, sound), 2, i) for i, c in enumerate(checks)]
    by_key = {(n.column, n.name): n for n in nodes}
    edges = [(by_key[0, rules[stem]], by_key[1, route.replace("_", " ")]) for stem, route in sorted(uses)]
    served = {(d.route, c.subject.check) for c in material.contents for d in c.derivations}
    edges += [(by_key[1, route.replace("_", " ")], by_key[2, check]) for route, check in sorted(served)]
    return Graph(tuple(nodes), tuple(edges))


def _of_rule(stem: str, contents: Sequence[Content]) -> str:
    return _weakest(s.status for c in contents for d in c.derivations for s in d.steps if s.stem == stem)


def _of_route(route: str, contents: Sequence[Content]) -> str:
    return _weakest(d.status for c in contents for d in c.derivations if d.route == route)


def _of_check(check: str, contents: Sequence[Content]) -> str:
    return _weakest(c.status for c in contents if c.subject.check == check)


def _weakest(statuses: Iterable[str]) -> str:
    return max(statuses, key=ORDER.index, default="undecided")
