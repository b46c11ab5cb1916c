"""HTTP of the participant's room: thin."""
