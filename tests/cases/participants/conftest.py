"""The participant's region."""

import pytest

from tests.cases.participants.factories import Region, make_region


@pytest.fixture
def region(db) -> Region:
    return make_region()
