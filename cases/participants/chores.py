"""What the participant's room tidies up every day."""

from datetime import datetime

from cases.participants import importing
from workflows.chores import chore


@chore("forget-imported-files")
def forget_imported_files(at: datetime) -> int:
    """Delete workbooks whose imports are long over."""
    return importing.forget_files(at)
