"""Small numbers stay hidden, also from somebody who adds and subtracts."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workflows.small_cells import LEAST, Figure, hidden_beside, hidden_places, table_of, with_totals


def shown(numbers):
    """The table as its reader sees it, totals included."""
    counts = {(i, j): value for i, line in enumerate(numbers) for j, value in enumerate(line)}
    table = table_of(counts, range(len(numbers)), range(len(numbers[0])), exact=False)
    return [[str(figure) for figure in line] for line in table.figures]


def test_a_number_under_five_is_not_shown():
    assert shown([[3, 20], [40, 50]]) == [["<5", "…", "23"], ["…", "…", "90"], ["43", "70", "113"]]


def test_nothing_is_hidden_from_a_table_without_small_numbers():
    assert shown([[0, 5], [7, 12]]) == [["0", "5", "5"], ["7", "12", "19"], ["7", "17", "24"]]


def test_who_may_see_the_cases_sees_every_number():
    table = table_of({("a", "x"): 1}, ["a", "b"], ["x", "y"], exact=True)
    assert [[figure.value for figure in line] for line in table.figures] == [[1, 0, 1], [0, 0, 0], [1, 0, 1]]


def test_two_small_numbers_whose_sum_is_small_take_a_third_along():
    hidden = hidden_places(with_totals([[1, 1, 30, 0]]))
    assert (0, 2) in hidden


def test_a_lonely_small_number_takes_its_total_along():
    assert shown([[2]]) == [["<5", "<5"], ["<5", "<5"]]


@pytest.mark.parametrize("value", [0, 4, 5])
def test_a_figure_says_no_more_than_it_may(value):
    assert str(Figure(value)) == str(value)
    assert str(Figure(None, is_small=True)) == "<5"


def tables_of(values):
    return st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(values, min_size=width, max_size=width), min_size=1, max_size=4)
    )


numbers_of_people = st.sampled_from([0, 0, 1, 2, 4, 5, 6, 11, 40])
tables = tables_of(numbers_of_people)


@given(tables)
@example([[0, 0, 0, 4], [0, 0, 1, 1], [0, 1, 4, 0]])
def test_no_small_number_follows_from_the_others(numbers):
    full = with_totals(numbers)
    hidden = sorted(hidden_places(full))
    for i, line in enumerate(full):
        for j, value in enumerate(line):
            assert (i, j) in hidden or not 0 < value < LEAST
    for place in hidden:
        if 0 < full[place[0]][place[1]] < LEAST:
            assert is_free(place, hidden, len(full), len(full[0])), (full, hidden)


def test_who_knows_their_own_numbers_cannot_take_them_away_from_everybodys():
    counts = {("a", "x"): 12, ("a", "y"): 30, ("b", "x"): 20, ("b", "y"): 9}
    table = table_of(counts, "ab", "xy", exact=False, known={("a", "x"): 9})
    assert [[str(figure) for figure in line] for line in table.figures] == [
        ["…", "…", "42"],
        ["…", "…", "29"],
        ["32", "39", "71"],
    ]


def test_a_difference_of_nothing_and_one_of_five_are_shown():
    table = table_of({("a", "x"): 12, ("a", "y"): 12}, "a", "xy", exact=False, known={("a", "x"): 12, ("a", "y"): 7})
    assert [str(figure) for figure in table.figures[0]] == ["12", "12", "24"]


@given(tables_of(st.tuples(numbers_of_people, st.sampled_from([0, 0, 1, 5, 9]))))
def test_no_small_difference_follows_from_the_others(pairs):
    others, own = ([[pair[n] for pair in line] for line in pairs] for n in range(2))
    everybody, rest = with_totals([[sum(pair) for pair in line] for line in pairs]), with_totals(others)
    hidden = sorted(hidden_beside(everybody, with_totals(own)))
    for numbers in (everybody, rest):
        for i, line in enumerate(numbers):
            for j, value in enumerate(line):
                if 0 < value < LEAST:
                    assert (i, j) in hidden
                    assert is_free((i, j), hidden, len(numbers), len(numbers[0])), (others, own, hidden)


def is_free(place, hidden, height, width):
    """Whether the sums of the table leave the hidden number undetermined."""
    equations = []
    for line in [[(i, j) for j in range(width)] for i in range(height)] + [
        [(i, j) for i in range(height)] for j in range(width)
    ]:
        signs = dict.fromkeys(line[:-1], 1) | {line[-1]: -1}
        equations.append([Fraction(signs.get(each, 0)) for each in hidden])
    alone = [Fraction(each == place) for each in hidden]
    return rank([*equations, alone]) > rank(equations)


def rank(rows):
    rows, found = [list(row) for row in rows], 0
    for column in range(len(rows[0])):
        pivot = next((i for i in range(found, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for i in range(len(rows)):
            if i != found and rows[i][column]:
                factor = rows[i][column] / rows[found][column]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[found], strict=True)]
        found += 1
    return found
