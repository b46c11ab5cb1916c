"""Hours as people write them."""

from decimal import Decimal

import pytest
from django.utils.translation import override

from cases.templatetags.hours import as_typed, in_hours


@pytest.mark.parametrize(
    ("hours", "polish", "typed"),
    [("4.00", "4", "4"), ("1.50", "1,5", "1.5"), ("0.25", "0,25", "0.25"), ("10", "10", "10"), ("0", "0", "0")],
)
def test_hours_have_no_decimals_that_say_nothing(hours, polish, typed):
    with override("pl"):
        assert in_hours(Decimal(hours)) == polish
        assert as_typed(Decimal(hours)) == typed


def test_hours_that_are_not_known_stay_empty():
    assert as_typed(None) is None
