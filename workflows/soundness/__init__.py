"""The proof that no definition can strand a case; see docs/adr/soundness.md.

`prove(flow)` gives what is wrong with a flow and its lifecycle; `manage.py check` refuses to start with any of it.
"""

from workflows.soundness.definition import Definition, definition_of
from workflows.soundness.findings import Finding
from workflows.soundness.proof import faults_of, is_sound, prove

__all__ = ["Definition", "Finding", "definition_of", "faults_of", "is_sound", "prove"]
