"""Defects to be seeded into the errand's source: what is changed, which check refuses it, and words of its message."""

from dataclasses import dataclass

Passages = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Defect:
    """One defect: its name, the number of the check, words that its message must have, and the passages replaced."""

    name: str
    code: str
    words: str
    changes: Passages


def defect(name: str, code: str, words: str, *changes: tuple[str, str]) -> Defect:
    """Put a defect down as a line of the table."""
    return Defect(name, code, words, changes)


# passages of the errand's source that several defects change

BEGIN = "approve_begin = Approval(Errand.begin, within=working_days(5)).Approved(this.part).Returned(this.prepare)"
WALK = "within=days(20)).Next(this.meet)"
WALKER = "walk = Work(NoteForm, role=Role.TUTOR"
AGAIN = '.On("again", this.prepare)'
FINISH_ASKED = "asked_by=[Role.TUTOR, Role.COORDINATOR]"
ARCHIVED_FROM = "source=[Stage.FINISHED, Stage.DROPPED]"
REPORTED = ".Next(this.end_report)\n"
ARCHIVE = """    @move(
        source=[Stage.FINISHED, Stage.DROPPED],
        target=Stage.ARCHIVED,
        label="Archive",
        asked_by=Role.CLOCK,
        approved_by=Role.CLOCK,
    )
"""
REDO = """    @move(
        source=Stage.RUNNING,
        target=Stage.PLANNED,
        label="Redo",
        asked_by=Role.TUTOR,
        approved_by=Role.SUPERVISOR,
    )
    def redo(self):
        ...

"""
APART = """    apart = Split().Next(this.report).Next(this.tell)
    tell = Work(NoteForm, role=Role.TUTOR, within=days(7)).Next(this.gather)
    gather = Join().Next(this.end_report)
"""

OF_THE_LIFECYCLE = [
    defect(
        "a source is misspelt", "E010", "“runing”, which does not exist", ("source=Stage.RUNNING", 'source="runing"')
    ),
    defect("a target is misspelt", "E010", "the stage “droped”", ("target=Stage.DROPPED", 'target="droped"')),
    defect("a move from anywhere", "E010", "the stage “*”", ("source=[Stage.PLANNED, Stage.RUNNING]", 'source="*"')),
    defect("a stage out of reach", "E055", "the stage lost", ("    ARCHIVED =", '    LOST = "lost"\n    ARCHIVED =')),
    defect("a move that nobody offers", "E012", "no step offers the move redo", (ARCHIVE, REDO + ARCHIVE)),
    defect("a transition removed", "E013", "put_away offers the move archive", (ARCHIVE, "")),
    defect(
        "asked for and approved by one role",
        "E015",
        "finish is asked for and approved by supervisor alone",
        (FINISH_ASKED, "asked_by=Role.SUPERVISOR"),
    ),
    defect("nobody may ask", "E015", "nobody may ask for finish", (FINISH_ASKED, "asked_by=[]")),
    defect(
        "an approver who works on no case",
        "E016",
        "drop names analyst",
        ("approved_by=Role.COORDINATOR", "approved_by=Role.ANALYST"),
    ),
    defect(
        "somebody asks whom the move does not name",
        "E017",
        "Path: late → approve_finish.",
        (FINISH_ASKED, "asked_by=[Role.TUTOR]"),
    ),
    defect("a guard reads what is not there", "E018", "has no “permitz”", ('needs="permits"', 'needs="permitz"')),
    defect("a guard points to no page", "E018", "no page “x:nowhere”", ('counted.")', 'counted.", fix="x:nowhere")')),
    defect(
        "a source that its approval never sees",
        "E056",
        "finish can never be made from the stage dropped",
        ("source=Stage.RUNNING", "source=[Stage.RUNNING, Stage.DROPPED]"),
    ),
    defect(
        "an approval in the wrong stage",
        "E053",
        "Path: start → prepare[ready] → approve_begin[approved] → part → count → walk → meet → deliver → is_small[yes]",
        ("source=Stage.RUNNING", "source=Stage.PLANNED"),
    ),
    defect(
        "no stage is final",
        "E011",
        "no stage is final",
        (ARCHIVED_FROM, "source=[Stage.FINISHED, Stage.DROPPED, Stage.ARCHIVED]"),
    ),
]

OF_APPROVALS = [
    defect(
        "an approval dropped",
        "E012",
        "no step offers the move begin",
        ('.On("ready", this.approve_begin)', '.On("ready", this.part)'),
        (BEGIN, ""),
    ),
    defect(
        "a way round an approval", "E053", "Path: start → prepare[again] → part", (AGAIN, '.On("again", this.part)')
    ),
    defect(
        "a way to the end round an approval",
        "E052",
        "→ meet → deliver → is_small[no] → end.",
        (".Else(this.recount)", ".Else(this.end)"),
    ),
    defect(
        "an approval made by the clock",
        "E014",
        "approve_begin skips an approval",
        (BEGIN, "approve_begin = ByTheClock(Errand.begin).Next(this.part)"),
    ),
    defect(
        "the clock's move approved",
        "E014",
        "put_away asks for approval of archive",
        (
            "ByTheClock(Errand.archive).Next(this.end)",
            "Approval(Errand.archive, within=days(1)).Approved(this.end).Returned(this.cool)",
        ),
    ),
    defect("an approval without a yes", "E025", "approve_begin cannot be approved", (".Approved(this.part)", "")),
    defect(
        "an approval without a no",
        "E025",
        "approve_begin can only be approved",
        (".Approved(this.part).Returned(this.prepare)", ".Approved(this.part)"),
    ),
    defect("a quorum of none", "E026", "approve_finish is decided by 0 votes", ("quorum=2", "quorum=0")),
    defect(
        "approvals swapped",
        "E053",
        "Path: start → prepare[ready].",
        ("Approval(Errand.begin", "Approval(Errand.end"),
        ("Approval(Errand.finish", "Approval(Errand.begin"),
        ("Approval(Errand.end", "Approval(Errand.finish"),
    ),
]

OF_WORK = [
    defect("work without a role", "E021", "walk is for no role", (WALKER, "walk = Work(NoteForm, role=None")),
    defect("an orphan role", "E021", "walk is for analyst", (WALKER, "walk = Work(NoteForm, role=Role.ANALYST")),
    defect("work for an auditor", "E021", "walk is for auditor", (WALKER, "walk = Work(NoteForm, role=Role.AUDITOR")),
    defect("work without a form", "E022", "walk has no form", ("walk = Work(NoteForm", "walk = Work(None")),
    defect("a form without the outcomes", "E022", "has no field “outcome”", ("Work(PrepareForm", "Work(NoteForm")),
    defect(
        "an outcome that leads nowhere",
        "E022",
        "its form offers again, never, ready",
        ('("again", "Once more")', '("again", "Once more"), ("never", "Never")'),
    ),
    defect(
        "a form that asks for another move",
        "E022",
        "dropping asks for drop, its form for finish",
        ('move = "drop"', 'move = "finish"'),
    ),
    defect("work without a deadline", "E023", "walk has no deadline", ("within=days(20)", "within=None")),
    defect(
        "an approval without a deadline",
        "E023",
        "approve_begin has no deadline",
        ("Approval(Errand.begin, within=working_days(5))", "Approval(Errand.begin, within=None)"),
    ),
    defect(
        "a parameter that is not declared",
        "E023",
        "errand_walk_days is not declared",
        ("days(20)", "Term(20, 'days', parameter='errand_walk_days')"),
        ("import days, months, working_days", "import Term, days, months, working_days"),
    ),
    defect("work that leads nowhere", "E024", "walk leads nowhere", (WALK, "within=days(20))")),
    defect("a wait without an exit", "E024", "cool leads nowhere", (".Next(this.put_away)", "")),
    defect(
        "a case that nobody may open",
        "E020",
        "nobody may open such a case",
        ("opened_by=(Role.ANIMATOR, Role.COORDINATOR)", "opened_by=()"),
    ),
    defect(
        "two starts",
        "E020",
        "begin, start",
        ("    part = Split", "    begin = Start(opened_by=(Role.ANIMATOR,)).Next(this.prepare)\n    part = Split"),
    ),
    defect(
        "a step that nothing leads to",
        "E028",
        "nothing leads to lost",
        ("    part = Split", "    lost = Wait(days(1)).Next(this.end)\n    part = Split"),
    ),
    defect(
        "a job that nobody does",
        "E029",
        "“no_such_job”, which nobody registers",
        ("Wait(months(6))", "JobNode('no_such_job')"),
        ("If, Join,", "If, JobNode, Join,"),
    ),
    defect(
        "a name of the flow's own",
        "E004",
        "cannot be called “version”",
        ("late = Work", "version = Work"),
        ("this.late", "this.version"),
    ),
    defect(
        "an outcome too long",
        "E004",
        "longer than 30 letters",
        (AGAIN, '.On("once more, if you would be so kind", this.prepare)'),
    ),
]

OF_PARALLEL_PARTS = [
    defect("an End inside a branch", "E031", "Path: part → walk → end.", (WALK, "within=days(20)).Next(this.end)")),
    defect(
        "a branch that misses its Join",
        "E031",
        "Path: part → walk → deliver →",
        (WALK, "within=days(20)).Next(this.deliver)"),
    ),
    defect(
        "a branch that goes back",
        "E033",
        "Path: part → walk → prepare → approve_begin → part",
        (WALK, "within=days(20)).Next(this.prepare)"),
    ),
    defect(
        "branches that meet in two Joins",
        "E032",
        "different Joins: gather, meet",
        (WALK, "within=days(20)).Next(this.gather)"),
        ("    meet = Join()", "    gather = Join().Next(this.deliver)\n    meet = Join()"),
    ),
    defect(
        "a Join of no Split",
        "E031",
        "gather joins the branches of no Split",
        (".Next(this.is_small)\n    )", ".Next(this.gather)\n    )\n    gather = Join().Next(this.is_small)"),
    ),
    defect("a jump into a branch", "E033", "Path: prepare → walk.", (AGAIN, '.On("again", this.walk)')),
    defect(
        "a Split of one branch",
        "E030",
        "part has fewer than two branches",
        (".Next(this.walk).Next(this.count)", ".Next(this.walk)"),
    ),
    defect(
        "a branch on a condition",
        "E030",
        "part opens a branch on a condition",
        (".Next(this.walk)", ".Next(this.walk, case=lambda activation: True)"),
    ),
    defect(
        "a step in two branches",
        "E034",
        "count lies in two branches of part",
        (WALK, "within=days(20)).Next(this.count)"),
    ),
    defect(
        "a withdrawal into a branch",
        "E033",
        "Path: dropping → walk.",
        ("5)).Approved(this.cool)", "5)).Approved(this.walk)"),
    ),
    defect(
        "a Join that sticks",
        "E051",
        "walk__timeout → end",
        (WALK, "within=days(20)).OnTimeout(days(9), this.end).Next(this.meet)"),
    ),
    defect(
        "a timeout out of a branch",
        "E031",
        "Path: part → walk → walk__timeout → late →",
        (WALK, "within=days(20)).OnTimeout(days(9), this.late).Next(this.meet)"),
    ),
    defect(
        "work beside a branch",
        "E037",
        "Path: walk__every → report.",
        (WALK, "within=days(20)).Every(days(9), this.report).Next(this.meet)"),
    ),
]

OF_TIMERS = [
    defect("a round of no time", "E023", "deliver__every may come round after no time", ("months(1)", "months(0)")),
    defect(
        "a path aside that joins the case's",
        "E035",
        "Path: deliver__every → report → is_small.",
        (REPORTED, ".Next(this.is_small)\n"),
    ),
    defect("a path aside that never ends", "E035", "deliver__every never ends", (REPORTED, ".Next(this.report)\n")),
    defect(
        "a path aside that splits",
        "E036",
        "Path: deliver__every → apart.",
        ('months(1), this.report, title="monthly"', "months(1), this.apart"),
        ("    report = Work", APART + "    report = Work"),
        ("within=days(7)).Next(this.end_report)\n    end", "within=days(7)).Next(this.gather)\n    end"),
    ),
    defect(
        "a timer on a request",
        "E027",
        "dropping may come at any time",
        (
            "form=DropForm, within=working_days(5))",
            "form=DropForm, within=working_days(5)).OnTimeout(days(9), this.cool)",
        ),
    ),
]

OF_EVERYTHING_THAT_CAN_HAPPEN = [
    defect(
        "a loop without an exit",
        "E051",
        "from here the case goes round",
        ("within=days(5)).Next(this.approve_finish)", "within=days(5)).Next(this.recount)"),
    ),
    defect(
        "a choice that goes round for ever",
        "E051",
        "→ deliver → is_small[no].",
        (".Else(this.recount)", ".Else(this.is_small)"),
    ),
    defect(
        "a clock that comes too early",
        "E053",
        "approve_finish[returned] → cool",
        (".Returned(this.recount)", ".Returned(this.cool)"),
    ),
]

DEFECTS = [
    *OF_THE_LIFECYCLE,
    *OF_APPROVALS,
    *OF_WORK,
    *OF_PARALLEL_PARTS,
    *OF_TIMERS,
    *OF_EVERYTHING_THAT_CAN_HAPPEN,
]
