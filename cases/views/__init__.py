"""HTTP of the facts that all kinds of case share: thin."""
