"""`make bench`: the figures as a table, and one JSON line each in var/bench. FULL=1 goes to 10,000,000 items.

It makes a database of its own beside the configured one and drops it in the end.
"""

import io
import logging
import os

import django
from django.core.management import call_command
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")
django.setup()
logging.disable(logging.WARNING)  # the table is what is printed

from tests.bench import importing, moves, queue, web  # noqa: E402  Django must be set up first
from tests.bench.figures import RESULTS, head, report  # noqa: E402

SIZES = [100_000, 1_000_000, *([10_000_000] if os.environ.get("FULL") else [])]


def main() -> None:
    """Every figure, from the smallest volume to the largest."""
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        call_command("load_reference", verbosity=0, stdout=io.StringIO())
        head()
        moves.path()
        moves.approvals()
        importing.taking_in()
        times = [queue.measure(size) for size in SIZES]
        growth, base = times[-1] / times[-2], SIZES[-2]
        reach = {"reach": "≤ 1.5", "met": growth <= 1.5, "against": f"{base:,} items"}
        report("queue_page_growth", growth, "×", **reach, items=SIZES[-1], fastest_ms=times[-1] * 1e3)
        web.load(SIZES[-1])
        print(RESULTS)  # noqa: T201
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
