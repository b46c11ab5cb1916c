"""What counts as a signature drawn on the screen."""

import pytest

from cases.signature import HEIGHT, WIDTH, as_svg, check_strokes
from workflows.errors import NotYet

LINE = [[n * 10, 20] for n in range(10)]


def test_strokes_are_kept_as_whole_numbers():
    assert check_strokes([[[x + 0.4, y] for x, y in LINE]]) == [[(x, y) for x, y in LINE]]


@pytest.mark.parametrize(
    "drawn",
    [
        [],
        [[]],
        [LINE[:3]],
        [LINE * 1000],
        [[[0, HEIGHT + 1]] * 10],
        [[[-1, 0]] * 10],
        [[[WIDTH + 1, 0]] * 10],
        "a signature",
        [["<script>", 1]] * 10,
        [[[1, 2, 3]] * 10],
        [[[float("nan"), 1]] * 10],
        [[[float("inf"), 1]] * 10],
        None,
        {"x": 1},
    ],
)
def test_what_is_no_signature_is_refused(drawn):
    with pytest.raises(NotYet):
        check_strokes(drawn)


def test_the_picture_holds_numbers_only():
    assert as_svg([[(1, 2), (3, 4)], [(5, 6)]]).count("<polyline") == 2
    assert 'points="1,2 3,4"' in as_svg([[(1, 2), (3, 4)]])
