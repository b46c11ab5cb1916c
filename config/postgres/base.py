"""Django's PostgreSQL backend, on a server of our own."""

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base, client

from .cluster import BINARIES, Cluster


@functools.cache
def cluster(home: Path, *, careless: bool = False) -> Cluster:
    """The cluster that lives in `home`, one object a process."""
    return Cluster(home, careless=careless)


class DatabaseClient(client.DatabaseClient):
    """`manage.py dbshell` with the psql that came with the server."""

    executable_name = str(BINARIES / "psql")

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        server = cluster(Path(settings_dict["HOST"]))
        server.ensure()
        return super().settings_to_cmd_args_env({**settings_dict, "HOST": str(server.socket_dir)}, parameters)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that starts its server when there is none."""

    client_class = DatabaseClient

    @property
    def cluster(self) -> Cluster:
        """The server behind this connection."""
        return cluster(Path(self.settings_dict["HOST"]), careless=self.settings_dict.get("CARELESS", False))

    def get_connection_params(self) -> dict[str, Any]:
        """What libpq is told, with the running server's socket in place of the cluster's folder."""
        self.cluster.ensure()
        return {**super().get_connection_params(), "host": str(self.cluster.socket_dir)}
