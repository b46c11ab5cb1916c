"""When a case's time has run out, and what then becomes of every table that says something about it.

The stub of the case, the digests of its history and coded facts without a name stay: published numbers and the chain still verify.
"""

from cases.retention import shared
from cases.retention.rules import RULES, Rule, empties, forgets, keeps
from cases.retention.terms import RETENTION_YEARS, due_cases, kept_until

__all__ = ["RETENTION_YEARS", "RULES", "Rule", "due_cases", "empties", "forgets", "keeps", "kept_until", "shared"]
