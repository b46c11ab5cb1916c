"""Pages about people, mandates and absences."""
