"""Figures for people who may not see the cases: a number under five is not shown, nor one from which it could be worked out.

Somebody who sees some of the cases knows their own numbers, and so the difference from everybody's: a difference under five is hidden
like a number under five, and what the differences together give away is worked out in the same way.

The table is taken with its totals, each of which is the sum of its line. A line is safe when nothing in it is hidden; or when at
least two numbers are, and those of them that the total gives away together are five or more. What several lines together give
away is then worked out as a reader would, and more is hidden until no small number follows from what is shown.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

LEAST = 5

Row = TypeVar("Row")
Column = TypeVar("Column")
Place = tuple[int, int]


@dataclass(frozen=True)
class Figure:
    """A number as somebody may see it: itself, "<5", or nothing because it would give another away."""

    value: int | None
    is_small: bool = False

    @property
    def is_hidden(self) -> bool:
        """Whether the number is kept back."""
        return self.value is None

    def __str__(self) -> str:
        if self.value is not None:
            return str(self.value)
        return f"<{LEAST}" if self.is_small else "…"


@dataclass(frozen=True)
class Table(Generic[Row, Column]):
    """Numbers by row and column with their totals, safe to show."""

    rows: Sequence[Row]
    columns: Sequence[Column]
    figures: Sequence[Sequence[Figure]]

    @property
    def lines(self) -> Iterator[tuple[Row, Sequence[Figure], Figure]]:
        """Each row with its figures and its total."""
        for row, figures in zip(self.rows, self.figures, strict=False):
            yield row, figures[:-1], figures[-1]

    @property
    def totals(self) -> tuple[Sequence[Figure], Figure]:
        """The totals of the columns, and the total of all."""
        last = self.figures[-1]
        return last[:-1], last[-1]


Counts = Mapping[tuple[Row, Column], int]


def table_of(
    counts: "Counts[Row, Column]",
    rows: Sequence[Row],
    columns: Sequence[Column],
    *,
    exact: bool,
    known: "Counts[Row, Column] | None" = None,
) -> Table[Row, Column]:
    """The counts as a table with totals: as they are for who may see the cases, else with small numbers hidden.

    `known` are the reader's own exact numbers among the counts, which they could take away from what is shown.
    """
    numbers = _in_lines(counts, rows, columns)
    hidden = set() if exact else hidden_beside(numbers, _in_lines(known or {}, rows, columns))
    figures = [[_figure(value, (i, j) in hidden) for j, value in enumerate(line)] for i, line in enumerate(numbers)]
    return Table(rows, columns, figures)


def hidden_beside(numbers: Sequence[Sequence[int]], known: Sequence[Sequence[int]]) -> set[Place]:
    """Which places must not be shown to a reader who knows a part of every number; both tables have their totals."""
    others = [[all_ - own for all_, own in zip(*lines, strict=True)] for lines in zip(numbers, known, strict=True)]
    hidden = hidden_places(numbers)
    while True:
        more = hidden_places(numbers, hidden_places(others, hidden))
        if more == hidden:
            return hidden
        hidden = more


def with_totals(numbers: Sequence[Sequence[int]]) -> list[list[int]]:
    """The numbers with a total at the end of each row, and a row of totals."""
    lines = [[*line, sum(line)] for line in numbers]
    width = len(lines[0]) if lines else 1
    return [*lines, [sum(line[j] for line in lines) for j in range(width)]]


def hidden_places(numbers: Sequence[Sequence[int]], already: Iterable[Place] = ()) -> set[Place]:
    """Which places of a table with totals must not be shown, those that are hidden already among them."""
    small = {(i, j) for i, line in enumerate(numbers) for j, value in enumerate(line) if 0 < value < LEAST}
    hidden = small.union(already)
    lines = _lines(len(numbers), len(numbers[0]))
    value_at: Callable[[Place], int] = lambda place: numbers[place[0]][place[1]]  # noqa: E731
    while True:
        more = {
            place for line in lines if not _is_safe(line, hidden, value_at) for place in _next(line, hidden, value_at)
        }
        if not more:
            given_away = {place for place in _determined(lines, hidden) if 0 < value_at(place) < LEAST}
            through = [line for line in lines if given_away.intersection(line)]
            more = {place for line in through for place in _next(line, hidden, value_at)}
        if not more:
            return hidden
        hidden |= more


def _in_lines(counts: "Counts[Row, Column]", rows: Sequence[Row], columns: Sequence[Column]) -> list[list[int]]:
    return with_totals([[counts.get((row, column), 0) for column in columns] for row in rows])


def _lines(height: int, width: int) -> list[list[Place]]:
    """Every row and every column, the total last."""
    return [[(i, j) for j in range(width)] for i in range(height)] + [
        [(i, j) for i in range(height)] for j in range(width)
    ]


def _is_safe(line: list[Place], hidden: set[Place], value_at: Callable[[Place], int]) -> bool:
    parts, total = line[:-1], line[-1]
    kept = [place for place in parts if place in hidden]
    if total in hidden:
        return bool(kept)
    return not kept or (len(kept) > 1 and sum(map(value_at, kept)) >= LEAST)


def _determined(lines: list[list[Place]], hidden: set[Place]) -> Iterator[Place]:
    """The hidden places whose numbers follow from those shown: Gauss-Jordan elimination over the sums of the lines.

    Every coefficient stays 1, 0 or -1: a table with totals is a network, whose matrix is totally unimodular.
    """
    solved: dict[Place, dict[Place, int]] = {}
    for line in lines:
        equation = {place: -1 if place == line[-1] else 1 for place in line if place in hidden}
        for pivot in [place for place in equation if place in solved]:
            _subtract(equation, solved[pivot], pivot)
        if not equation:
            continue
        pivot, sign = next(iter(equation.items()))
        equation = {place: sign * factor for place, factor in equation.items()}
        for other in solved.values():
            if pivot in other:
                _subtract(other, equation, pivot)
        solved[pivot] = equation
    return (pivot for pivot, equation in solved.items() if len(equation) == 1)


def _subtract(equation: dict[Place, int], other: dict[Place, int], pivot: Place) -> None:
    """Take so much of the other equation away, in which the pivot's factor is 1, that the pivot is gone."""
    times = equation[pivot]
    for place, factor in other.items():
        left = equation.get(place, 0) - times * factor
        if left:
            equation[place] = left
        else:
            equation.pop(place, None)


def _next(line: list[Place], hidden: set[Place], value_at: Callable[[Place], int]) -> list[Place]:
    """The number to hide next: the smallest part that is not nothing, then nothing itself, the total at the very last."""
    parts = sorted(
        (place for place in line[:-1] if place not in hidden), key=lambda place: (not value_at(place), value_at(place))
    )
    return (parts or [place for place in line[-1:] if place not in hidden])[:1]


def _figure(value: int, is_hidden: bool) -> Figure:
    if not is_hidden:
        return Figure(value)
    return Figure(None, is_small=value < LEAST)
