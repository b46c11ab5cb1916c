"""A kind's lifecycle as a picture: stages as boxes, moves as numbered arrows, and what the numbers mean below."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import wrap

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from roles.role import Role
from workflows.flow import CaseFlow
from workflows.kinds import word_for
from workflows.lifecycle import Move, moves_of

WIDTH, HEIGHT, GAP, MARGIN = 150, 54, 110, 24
CHANNEL = 26
LETTERS = 19
LEGEND_ROW = 22

Pair = tuple[str, str]


@dataclass
class StageBox:
    """A stage as it is drawn."""

    name: str
    label: str
    x: float
    y: float
    on_path: bool
    is_current: bool = False

    @property
    def lines(self) -> Sequence[tuple[str, float]]:
        """The label in lines, in the middle of the box."""
        words = wrap(self.label, LETTERS)
        return [(line, HEIGHT / 2 + 4.5 - (len(words) - 1) * 8 + number * 16) for number, line in enumerate(words)]


@dataclass
class Arrow:
    """All moves from one stage to another: one line, a number each."""

    pair: Pair
    numbers: list[int]
    points: list[tuple[float, float]]
    middle: tuple[float, float]

    @property
    def d(self) -> str:
        """The line as a path."""
        return " ".join(f"{'M' if number == 0 else 'L'}{x:g},{y:g}" for number, (x, y) in enumerate(self.points))

    @property
    def badges(self) -> Iterator[tuple[int, float, float]]:
        """Each number with its place, side by side."""
        x, y = self.middle
        for place, number in enumerate(self.numbers):
            yield number, x + (place - (len(self.numbers) - 1) / 2) * 24, y


def lifecycle_svg(flow: type[CaseFlow], current: str = "") -> str:
    """The lifecycle as SVG, with the stage of one case marked."""
    kind = flow.process_class
    moves = list(moves_of(kind).values())
    boxes = _boxes(flow, moves, current)
    arrows, top, bottom = _arrows(moves, boxes)
    for box in boxes.values():
        box.y += top
    height = round(bottom + top) + MARGIN
    context = {
        "title": _("Lifecycle: %(kind)s") % {"kind": word_for(kind)},
        "boxes": boxes.values(),
        "arrows": arrows,
        "top": top,
        "legend": [(n, height + n * LEGEND_ROW, legend_of(move)) for n, move in enumerate(moves, start=1)],
        "width": round(max(box.x for box in boxes.values())) + WIDTH + MARGIN,
        "height": height + (len(moves) + 1) * LEGEND_ROW + MARGIN,
        "box": {"width": WIDTH, "height": HEIGHT},
    }
    return render_to_string("workflows/lifecycle.svg", context)


def legend_of(move: Move) -> str:
    """The move in a line: what it is called, who asks, who approves."""
    if move.by_the_clock:
        return _("%(move)s: by the clock") % {"move": move.terms.label}
    asked = ", ".join(str(Role(role).label) for role in move.terms.asked_by)
    who = {"move": move.terms.label, "asked": asked, "approved": Role(move.terms.approved_by).label}
    return _("%(move)s: asked for by %(asked)s, approved by %(approved)s") % who


def _boxes(flow: type[CaseFlow], moves: Sequence[Move], current: str) -> dict[str, StageBox]:
    """The stages of the way in a row, the others below, each under the stages from which it is come to."""
    kind = flow.process_class
    path = [str(stage) for stage in kind.path]
    aside = [str(stage) for stage in kind.stages.values if stage not in path]
    x_of: dict[str, float] = {stage: MARGIN + number * (WIDTH + GAP) for number, stage in enumerate(path)}
    free = float(MARGIN)
    for stage in sorted(aside, key=lambda stage: _wanted(stage, moves, x_of)):
        x_of[stage] = max(free, _wanted(stage, moves, x_of))
        free = x_of[stage] + WIDTH + GAP / 2
    return {
        stage: StageBox(stage, str(kind.stages(stage).label), x_of[stage], 0, stage in path, stage == current)
        for stage in [*path, *aside]
    }


def _wanted(stage: str, moves: Sequence[Move], x_of: dict[str, float]) -> float:
    near = [x_of[source] for move in moves if move.target == stage for source in move.sources if source in x_of]
    return sum(near) / len(near) + (WIDTH + GAP) / 2 if near else float(MARGIN)


def _arrows(moves: Sequence[Move], boxes: dict[str, StageBox]) -> tuple[list[Arrow], float, float]:
    """The arrows; how high those above the row reach, and how deep all goes. Every arrow has a height of its own."""
    numbers: defaultdict[Pair, list[int]] = defaultdict(list)
    for number, move in enumerate(moves, start=1):
        for source in move.sources:
            numbers[source, move.target].append(number)
    path = [name for name, box in boxes.items() if box.on_path]
    straight = [pair for pair in pairwise(path) if pair in numbers]
    above = sorted((p for p in numbers if p not in straight and set(p) <= set(path)), key=lambda p: _span(p, boxes))
    below = sorted((p for p in numbers if not set(p) <= set(path)), key=lambda p: (_span(p, boxes), p))
    top = MARGIN + CHANNEL * (len(above) + 0.5)
    row = top + HEIGHT + CHANNEL * (len(below) + 1)
    for box in boxes.values():
        box.y = 0 if box.on_path else row - top
    ports = _Ports([*above, *below], boxes)
    arrows = [_straight(pair, numbers[pair], boxes, top) for pair in straight]
    for level, pair in enumerate(above, start=1):
        height = top - CHANNEL * level
        arrows.append(_bent(pair, numbers[pair], ports, height, (top, top)))
    for level, pair in enumerate(below, start=1):
        ends = tuple(top + HEIGHT if boxes[name].on_path else row for name in pair)
        arrows.append(_bent(pair, numbers[pair], ports, top + HEIGHT + CHANNEL * level, (ends[0], ends[1])))
    has_row = any(not box.on_path for box in boxes.values())
    return arrows, top, (row if has_row else top) + HEIGHT - top


class _Ports:
    """Where arrows touch their boxes: side by side, in the order of where they come from."""

    def __init__(self, pairs: Sequence[Pair], boxes: dict[str, StageBox]) -> None:
        touching: defaultdict[tuple[str, bool], list[tuple[float, Pair, int]]] = defaultdict(list)
        for pair in pairs:
            up = all(boxes[name].on_path for name in pair)
            for end, other in ((0, 1), (1, 0)):
                touching[pair[end], up].append((boxes[pair[other]].x + (end - other) * 0.1, pair, end))
        self._x: dict[tuple[Pair, int], float] = {}
        for (name, _up), found in touching.items():
            for place, (_x, pair, end) in enumerate(sorted(found), start=1):
                self._x[pair, end] = boxes[name].x + WIDTH * place / (len(found) + 1)

    def of(self, pair: Pair) -> tuple[float, float]:
        """Where the arrow of the pair leaves and arrives."""
        return self._x[pair, 0], self._x[pair, 1]


def _span(pair: Pair, boxes: dict[str, StageBox]) -> float:
    return abs(boxes[pair[0]].x - boxes[pair[1]].x)


def _straight(pair: Pair, numbers: list[int], boxes: dict[str, StageBox], top: float) -> Arrow:
    start, end, y = boxes[pair[0]].x + WIDTH, boxes[pair[1]].x, top + HEIGHT / 2
    return Arrow(pair, numbers, [(start, y), (end - 2, y)], ((start + end) / 2 - 4, y))


def _bent(pair: Pair, numbers: list[int], ports: _Ports, y: float, ends: tuple[float, float]) -> Arrow:
    """Out of one box, along a height of its own, and into the other."""
    start, end = ports.of(pair)
    points = [(start, ends[0]), (start, y), (end, y), (end, ends[1] + (-2 if y < ends[1] else 2))]
    return Arrow(pair, numbers, points, ((start + end) / 2, y))
