"""Sweeps that are safe when doubled: of two that start together, one works and the other goes home."""

import zlib

from django.db import connection

NAMESPACE = 7_1015  # of advisory locks, apart from anybody else's in this database


def only_one(name: str) -> bool:
    """Whether no other transaction is at the thing of that name; from now until this transaction ends, none will be."""
    with connection.cursor() as cursor:
        key = zlib.crc32(name.encode()) - 2**31
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [NAMESPACE, key])
        return bool(cursor.fetchone() == (True,))
