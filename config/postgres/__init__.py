"""The project's own PostgreSQL, for a machine where nobody has installed one.

`ENGINE = "config.postgres"` is Django's PostgreSQL with a server that starts at the first connection. Its `HOST` names
the folder of the cluster. Whoever connects holds the cluster in use; the last one to leave stops it.
"""
