"""What becomes of a participant's facts when the case is forgotten."""

from cases.retention import empties, forgets, keeps

empties("participants.ParticipantCase", "the stub, with the coded outcome", path="pk", referred_by="")
keeps("participants.Notice", "that the notice was given, and which version")
empties("participants.EligibilityCheck", "how many were found eligible is counted by it", remarks="")
empties("participants.ExitQuestionnaire", "satisfaction is counted by it", remarks="")
forgets(
    "participants.Application",
    "participants.Supplement",
    "participants.Appeal",
    "participants.Diagnosis",
    "participants.Plan",
    "participants.Review",
    "participants.Recommendation",
)
forgets("participants.PlanAction", path="plan__case")
forgets("participants.Opinion", path="recommendation__case")
