"""`make bench`: the figures, one JSON line each, into var/bench and on standard output. FULL=1 goes to 10,000,000 items.

It makes a database of its own beside the configured one and drops it in the end.
"""

import os

import django
from django.core.management import call_command
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")
django.setup()

from tests.bench import moves, queue  # noqa: E402  Django must be set up first
from tests.bench.figures import report  # noqa: E402

SIZES = [100_000, 1_000_000, *([10_000_000] if os.environ.get("FULL") else [])]


def main() -> None:
    """Every figure, from the smallest volume to the largest."""
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        call_command("load_reference", verbosity=0)
        moves.path()
        moves.approvals()
        times = [queue.measure(size) for size in SIZES]
        growth = times[-1] / times[0]
        report(
            "queue_page_growth",
            growth,
            "×",
            reach="≤ 1.5",
            met=growth <= 1.5,
            against=f"{SIZES[0]} items",
            items=SIZES[-1],
        )
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
