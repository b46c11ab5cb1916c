"""The rules for the tables that all kinds of case share, the engine's included."""

from cases.retention.rules import empties, forgets, keeps

STUB = "the stub of the case"
STAFF = "says what staff did, nothing of the person"

# the engine
keeps("workflows.Case", "the stub: number, kind, stage, days; its title becomes its number", path="pk")
keeps("workflows.StageChange", "the chain is verified by it; who and why stand apart")
keeps("workflows.StageChangeDetail", "erased on record, by workflows.erasing", path="change__case")
keeps("workflows.DetailErasure", "vouches for that", path="change__case")
empties("workflows.WorkItem", STUB, path="process", note="", title_text="", error="")
empties("workflows.Vote", "a decision is counted by it", path="item__process", note="")
keeps("workflows.Reminder", STAFF, path="item__process")
keeps("workflows.Handover", STAFF, path="item__process")
keeps("workflows.BulkRow", STAFF, path="item__process")
keeps("workflows.CaseAssignment", STAFF)
keeps("workflows.Job", "what was done outside, by key alone")
forgets(
    "workflows.Hold",
    "workflows.RecentCase",
    "workflows.CaseLook",
    "workflows.CaseWatch",
    "workflows.PageDraft",
    "workflows.Notice",
)
forgets("workflows.CaseGrant", path="content_object")
forgets("workflows.Extension", "workflows.Draft", "workflows.Presence", path="item__process")

# people's facts
forgets(
    "cases.Document",
    "cases.Note",
    "cases.Comment",
    "cases.SensitiveAnswers",
    "cases.Criterion",
    "cases.Convictions",
    "cases.PrivateBarriers",
    "cases.PsychologistNote",
    "cases.ImportedRemark",
)
forgets("cases.ConfirmationCode", "cases.Signature", path="attendance__case")
empties(
    "cases.Attendance",
    "hours of support are counted by it",
    card=None,
    complaint="",
    confirmation="not_asked",
    method="",
    answered_at=None,
    witnessed_by=None,
)
empties(
    "cases.EntryData",
    "indicators are counted by its coded answers",
    gmina="",
    gmina_unit=None,
    occupation="",
    workplace="",
    unemployed_since=None,
)
empties("cases.ExitData", "indicators are counted by it", attempts="")
empties("cases.ExitSituation", "indicators are counted by it", path="exit_data__case", evidence="", document=None)
empties("cases.FollowUpData", "indicators are counted by it", attempts="–")
keeps("cases.AccessLog", "who has read what is kept as long as the logs are")
keeps("cases.ErasedCase", "the record of the erasure itself")
