"""A kind's workflow as a picture: viewflow's layout and BPMN, our own drawing. Nothing in it needs a style sheet or a script."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any
from xml.etree import ElementTree

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from viewflow.workflow import chart
from viewflow.workflow.base import Node

from roles.role import Role
from workflows.deadlines import Term
from workflows.flow import CaseFlow
from workflows.kinds import word_for
from workflows.soundness.definition import HUMAN, TIMERS, Sort, nodes_in_the_flow, sort_of
from workflows.soundness.model import APPROVED

MARGIN = 16
LETTERS = 19
LINES = 3
LINE = 15
LONGEST = 24
#: Room between columns and rows beyond viewflow's own, for the words on the arrows.
SPREAD_X, SPREAD_Y = 75, 12
BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
PREFIXES = {
    "bpmn": BPMN,
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


@dataclass(frozen=True)
class Box:
    """A node as it is drawn; `lines` is its title with the height of each line."""

    name: str
    sort: str
    title: str
    x: int
    y: int
    width: int
    height: int
    role: str = ""
    count: int = 0
    is_current: bool = False
    lines: Sequence[tuple[str, float]] = ()

    @property
    def is_wide(self) -> bool:
        """Whether it is a box with words in it, not a small sign."""
        return self.width > 60


@dataclass(frozen=True)
class Line:
    """An arrow as it is drawn."""

    d: str
    label: str = ""
    x: float = 0
    y: float = 0


@dataclass(frozen=True)
class Drawn:
    """What viewflow's layout wants of a flow, without the engine's own nodes."""

    flow: type[CaseFlow]
    process_title: str = field(init=False)
    flow_label: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "process_title", str(word_for(self.flow.process_class)))
        object.__setattr__(self, "flow_label", self.flow.process_class.kind)

    @property
    def instance(self) -> "Drawn":
        """Itself: viewflow asks the flow's instance."""
        return self

    def nodes(self) -> Iterator[Node]:
        """The nodes that are drawn."""
        return iter(nodes_in_the_flow(self.flow).values())


def flow_svg(flow: type[CaseFlow], counts: Mapping[str, int] | None = None, current: Collection[str] = ()) -> str:
    """The flow as SVG: open items counted at their nodes, and the nodes at which one case waits marked."""
    counts = counts or {}
    grid = _laid_out(flow)
    boxes = [_box(cell, counts.get(cell.node.name, 0), cell.node.name in current) for cell in grid.cells]
    context = {
        "title": _("Workflow: %(kind)s") % {"kind": word_for(flow.process_class)},
        "told": _told(boxes),
        "boxes": sorted(boxes, key=lambda box: box.sort in TIMERS),  # timers lie on the border of their hosts
        "lines": [*_lines_of(grid), *_stubs_of(grid)],
        "width": grid.width + 2 * MARGIN,
        "height": max([grid.height, *(box.y + box.height + LINE for box in boxes)]) + 2 * MARGIN,
        "margin": MARGIN,
    }
    return render_to_string("workflows/flow.svg", context)


def flow_bpmn(flow: type[CaseFlow]) -> str:
    """The flow as BPMN 2.0 with its layout. Two ways between the same nodes get names of their own, as the standard wants."""
    for prefix, address in PREFIXES.items():
        ElementTree.register_namespace(prefix, address)
    root = ElementTree.fromstring(chart.grid_to_bpmn(_laid_out(flow)))  # noqa: S314  our own text
    _name_apart(root)
    root.find(f"{{{BPMN}}}process").set("isExecutable", "false")  # type: ignore[union-attr]
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _name_apart(root: ElementTree.Element) -> None:
    """Give the second, third … element of a name, and what refers to it in its turn, a number."""
    used: dict[tuple[str, str, str], int] = {}
    for parent in root.iter():
        for element in parent:
            for attribute in ("id", "bpmnElement"):
                value = element.get(attribute, "")
                if "edge" in value:
                    element.set(attribute, _numbered(used, ("", attribute, value), value))
            text = element.text or ""
            if element.tag in (f"{{{BPMN}}}incoming", f"{{{BPMN}}}outgoing"):
                element.text = _numbered(used, (parent.get("id", ""), element.tag, text), text)


def _numbered(used: dict[tuple[str, str, str], int], key: tuple[str, str, str], name: str) -> str:
    used[key] = used.get(key, 0) + 1
    return name if used[key] == 1 else f"{name}__{used[key]}"


def _laid_out(flow: type[CaseFlow]) -> Any:
    """viewflow's grid over the ways that lead forward; what leads back, or in from anywhere, is only drawn."""
    order, forward = in_order(flow)
    before = {node: [src for src in order if (src, node) in forward] for node in order}
    after = {node: [dst for dst in order if (node, dst) in forward] for node in order}
    grid = chart.layout(order, before, after)
    chart.init_shapes(grid)
    _spread(grid)
    chart.snap_boundary_events(grid)
    grid.edges = [edge for edge in grid.edges if edge.edge_class != "boundary"]
    chart.calc_edges(grid)
    chart.calc_text(grid)
    grid.flow_class = Drawn(flow)
    return grid


def in_order(flow: type[CaseFlow]) -> tuple[list[Node], set[tuple[Node, Node]]]:
    """The nodes, each after all that lead forward to it, and the pairs of nodes that follow one another forward."""
    nodes = list(nodes_in_the_flow(flow).values())
    timers = {host: [node for node in nodes if getattr(node, "_attached_to", None) is host] for host in nodes}
    order: list[Node] = []
    forward: set[tuple[Node, Node]] = set()
    open_now: set[Node] = set()

    def visit(node: Node, found: list[Node]) -> None:
        open_now.add(node)
        onwards = [edge.dst for edge in node._outgoing()]
        for follower in [*onwards, *timers[node]]:
            if follower in open_now or (sort_of(node) is Sort.WHENEVER and follower in order):
                continue  # it leads back, or into the middle of what is drawn
            forward.add((node, follower))
            if follower not in order and follower not in found:
                visit(follower, found)
        open_now.discard(node)
        found.append(node)

    for node in sorted(nodes, key=_rank):
        if node not in order:
            found: list[Node] = []
            visit(node, found)
            order += reversed(found)
    return order, forward


def _rank(node: Node) -> int:
    """What the drawing begins with: the start, then what may come at any time."""
    return {Sort.START: 0, Sort.WHENEVER: 1}.get(sort_of(node), 2)


def _spread(grid: Any) -> None:
    for cell in grid.cells:
        cell.x, cell.shape.x = cell.x + cell.col * SPREAD_X, cell.shape.x + cell.col * SPREAD_X
        cell.y, cell.shape.y = cell.y + cell.row * SPREAD_Y, cell.shape.y + cell.row * SPREAD_Y
    grid.width += SPREAD_X * max(cell.col for cell in grid.cells)
    grid.height += SPREAD_Y * max(cell.row for cell in grid.cells)


def _box(cell: Any, count: int, is_current: bool) -> Box:
    title, shape = title_of(cell.node), cell.shape
    lines = _words(title, shape.height) if shape.width > 60 else ()
    place = (shape.x, shape.y, shape.width, shape.height)
    return Box(cell.node.name, sort_of(cell.node), title, *place, _role(cell.node), count, is_current, lines)


def title_of(node: Node) -> str:
    """What a node is called; a wait by its term, the clock's by its move."""
    sort = sort_of(node)
    if sort is Sort.CLOCK:
        return str(node.move.terms.label)
    if sort in (Sort.WAIT, *TIMERS):
        return term_told(node.term)
    return str(node.task_title or node.name)


def term_told(term: Term) -> str:
    """A term in words: "28 days, statutory"."""
    words = {
        "days": ngettext("%(count)s day", "%(count)s days", term.count),
        "working_days": ngettext("%(count)s working day", "%(count)s working days", term.count),
        "months": ngettext("%(count)s month", "%(count)s months", term.count),
    }[term.unit] % {"count": term.count}
    told = _("%(term)s, statutory") % {"term": words} if term.is_statutory else words
    return f"{told} + {term_told(term.then)}" if term.then else told


def _words(title: str, height: int) -> list[tuple[str, float]]:
    """The title in lines, in the middle of the box below the role."""
    words = wrap(title, LETTERS)
    if len(words) > LINES:
        words = [*words[: LINES - 1], words[LINES - 1][: LETTERS - 1] + "…"]
    top = height / 2 - (len(words) - 1) * LINE / 2 + 6
    return [(line, top + number * LINE) for number, line in enumerate(words)]


def _role(node: Node) -> str:
    if sort_of(node) not in HUMAN:
        return ""
    role = node.move.terms.approved_by if hasattr(node, "move_name") else node.role
    return str(Role(role).label)


def _lines_of(grid: Any) -> Iterator[Line]:
    """The arrows, with the word for each way; words that would lie on one another stand below one another."""
    taken: set[tuple[float, float]] = set()
    for edge in grid.edges:
        if not edge.segments or (sort_of(edge.src) is Sort.WHENEVER and grid[edge.dst].row != grid[edge.src].row):
            continue
        d = " ".join(f"{'M' if number == 0 else 'L'}{x},{y}" for number, (x, y) in enumerate(edge.segments))
        x, y = edge.label_pos or (0, 0)
        while (x, y) in taken:
            y += LINE - 2
        taken.add((x, y))
        yield Line(d, _shortened(outcome_label(edge.src, edge.label)) if edge.label_pos else "", x, y)


def _stubs_of(grid: Any) -> Iterator[Line]:
    """A move that may come at any time says where it leads in words: an arrow across the picture would tell less."""
    for cell in grid.cells:
        ways = [edge for edge in grid.edges if edge.src is cell.node]
        if sort_of(cell.node) is Sort.WHENEVER and not any(grid[edge.dst].row == cell.row for edge in ways):
            x, y = cell.shape.x + cell.shape.width, cell.shape.y + cell.shape.height // 2
            target = cell.node.ways.get(APPROVED)
            if target is not None:
                named = next(iter(_named_from(target)), "")
                yield Line(f"M{x + 2},{y} L{x + 26},{y}", _shortened(named, 2 * LONGEST), x + 34, y + 4)


def _named_from(node: Node) -> Iterator[str]:
    """The titles of the first things that people do, or time, from a node on."""
    if sort_of(node) in (Sort.CHOICE, Sort.SPLIT, Sort.JOIN):
        for edge in node._outgoing():
            yield from _named_from(edge.dst)
    else:
        yield title_of(node)


def _shortened(words: str, most: int = LONGEST) -> str:
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def outcome_label(node: Node, outcome: str) -> str:
    """What an outcome is called: as the decision, the answer or the node's form calls it."""
    if sort_of(node) is Sort.CHOICE:
        return {"yes": _("yes"), "no": _("no")}[outcome]
    return str(node.told(outcome)) if sort_of(node) in HUMAN else outcome.replace("_", " ")


def _told(boxes: Sequence[Box]) -> str:
    """What the picture shows, for who does not see it."""
    steps = [f"{box.title} ({box.role})" for box in boxes if box.sort in HUMAN]
    here = [box.title for box in boxes if box.is_current]
    told = _("Steps: %(steps)s.") % {"steps": ", ".join(steps)}
    return told + (" " + _("The case waits at: %(steps)s.") % {"steps": ", ".join(here)} if here else "")
