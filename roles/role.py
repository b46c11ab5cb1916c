"""The jobs people hold. The only place that knows what a role may do by nature."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """A job title; its word on the screen is the glossary's."""

    TUTOR = "tutor", _("tutor")
    ANIMATOR = "animator", _("animator")
    COORDINATOR = "coordinator", _("coordinator")
    SUPERVISOR = "supervisor", _("supervisor (approver)")
    INCUBATOR_MANAGER = "incubator_manager", _("incubator manager")
    BUSINESS_ADVISER = "business_adviser", _("business adviser")
    PSYCHOLOGIST = "psychologist", _("psychologist")
    TRAINER = "trainer", _("trainer")
    PRACTICE_SUPERVISOR = "practice_supervisor", _("practice supervisor")
    POWIAT_COORDINATOR = "powiat_coordinator", _("powiat coordinator")
    ANALYST = "analyst", _("analyst")
    INSTITUTION_REPRESENTATIVE = "institution_representative", _("institution representative")
    DATA_PROTECTION_OFFICER = "data_protection_officer", _("data-protection officer")
    AUDITOR = "auditor", _("auditor (read only)")
    SYSTEM_ADMINISTRATOR = "system_administrator", _("system administrator")
    CLOCK = "clock", _("the clock")
    IMPORTER = "importer", _("the importer")


#: What each role is for and what it opens here, in a sentence that its holder reads.
PURPOSES = {
    Role.TUTOR: _(
        "Works with participants: opens the cases of the organisation in the territory and does their tasks."
    ),
    Role.ANIMATOR: _(
        "Finds and registers people: opens the cases of the organisation in the territory, and the powiats' figures."
    ),
    Role.COORDINATOR: _("Checks, assigns and asks for decisions; gives mandates to the team; shares single cases."),
    Role.SUPERVISOR: _("Decides what others ask for; sets up programmes; appoints coordinators and psychologists."),
    Role.INCUBATOR_MANAGER: _("Runs the incubator: opens the cases of the organisation in the territory."),
    Role.BUSINESS_ADVISER: _("Advises on business: opens the cases of the organisation in the territory."),
    Role.PSYCHOLOGIST: _(
        "Supports participants and alone reads the psychologist's notes; opens the organisation's cases there."
    ),
    Role.TRAINER: _("Trains participants: opens the cases of the organisation in the territory."),
    Role.PRACTICE_SUPERVISOR: _(
        "Supports the team in its practice, from outside the cases: opens no case and no figures. "
        "A coordinator can share a single case to be talked over."
    ),
    Role.POWIAT_COORDINATOR: _("Follows the figures of the powiat; opens no case."),
    Role.ANALYST: _("Follows the figures of the territory; opens no case."),
    Role.INSTITUTION_REPRESENTATIVE: _(
        "Stands for an institution that works with the organisation: opens no case and no figures. "
        "A coordinator can share the case of somebody whom the institution supports."
    ),
    Role.DATA_PROTECTION_OFFICER: _(
        "Sees who read and exported what, reviews emergency access, confirms mandates; opens no case."
    ),
    Role.AUDITOR: _(
        "Reads the cases of the organisation in the territory until the last day, and who read what; changes nothing."
    ),
    Role.SYSTEM_ADMINISTRATOR: _("Keeps organisations, people, mandates and jobs; opens no case."),
}

#: Roles of service accounts; nobody gives or takes them by hand.
OF_SERVICES = frozenset({Role.CLOCK, Role.IMPORTER})

#: Roles whose mandate opens the cases of their organisation within their territory.
READS_CASES = frozenset(
    {
        Role.TUTOR,
        Role.ANIMATOR,
        Role.COORDINATOR,
        Role.SUPERVISOR,
        Role.INCUBATOR_MANAGER,
        Role.BUSINESS_ADVISER,
        Role.PSYCHOLOGIST,
        Role.TRAINER,
        Role.AUDITOR,
        Role.CLOCK,
        Role.IMPORTER,
    }
)

#: Roles that may read a case's special-category answers and criteria, every reading logged; others see "criterion met".
READS_SPECIAL_CATEGORIES = frozenset({Role.TUTOR, Role.COORDINATOR, Role.SUPERVISOR, Role.PSYCHOLOGIST, Role.AUDITOR})

#: Roles that may read the psychologist's notes.
READS_PSYCHOLOGIST_NOTES = frozenset({Role.PSYCHOLOGIST})

#: Roles that see who has read and exported what, in their organisation and territory.
READS_LOGS = frozenset({Role.DATA_PROTECTION_OFFICER, Role.AUDITOR})

#: Who proposes that cases whose time has run out be forgotten, and who decides it: never the same person.
PROPOSES_ERASURES = frozenset({Role.DATA_PROTECTION_OFFICER})
DECIDES_ERASURES = frozenset({Role.SUPERVISOR})

#: Roles that may only look: nothing is ever offered to them to do.
ONLY_READS = frozenset({Role.AUDITOR})

#: Roles whose mandate opens figures, never cases.
READS_AGGREGATES = frozenset({Role.POWIAT_COORDINATOR, Role.ANALYST, Role.COORDINATOR, Role.SUPERVISOR, Role.ANIMATOR})

#: Roles that see who carries how much work in their scope.
OVERSEES_WORK = frozenset({Role.COORDINATOR, Role.SUPERVISOR})

#: Roles that set up programmes and tune their parameters, for every organisation that they hold the role in.
TUNES_PROGRAMMES = frozenset({Role.SUPERVISOR})

#: Roles that must sign in with a second factor: they see case content, or decide who does.
NEEDS_SECOND_FACTOR = READS_CASES - OF_SERVICES | {Role.DATA_PROTECTION_OFFICER, Role.SYSTEM_ADMINISTRATOR}

#: Whose mandates must end on a given day.
TIME_BOXED = frozenset({Role.AUDITOR})

_BY_COORDINATOR = frozenset(
    {
        Role.TUTOR,
        Role.ANIMATOR,
        Role.INCUBATOR_MANAGER,
        Role.BUSINESS_ADVISER,
        Role.TRAINER,
        Role.PRACTICE_SUPERVISOR,
        Role.INSTITUTION_REPRESENTATIVE,
    }
)
_BY_SUPERVISOR = _BY_COORDINATOR | {Role.COORDINATOR, Role.PSYCHOLOGIST, Role.POWIAT_COORDINATOR, Role.ANALYST}

#: Who decides, in reserve, what separation of duties leaves without anybody.
RESERVE = Role.SUPERVISOR

#: Who may give and end which roles, to others, in their own organisation and within their own territory.
#: Nobody appoints a peer or somebody above, except the administrator, who sees no case. Psychologists read the
#: restricted notes, so a supervisor appoints them; whoever checks the house (data protection, audit) or decides for
#: it (supervisor) is appointed by the administrator only.
MAY_GIVE: dict[Role, frozenset[Role]] = {
    Role.COORDINATOR: _BY_COORDINATOR,
    Role.SUPERVISOR: _BY_SUPERVISOR,
    Role.SYSTEM_ADMINISTRATOR: frozenset(Role) - OF_SERVICES,
}

#: Roles that manage people and mandates within their own organisation and territory.
MANAGES_PEOPLE = frozenset(MAY_GIVE)

#: Roles that keep the register of organisations within their territory.
KEEPS_ORGANISATIONS = frozenset({Role.SYSTEM_ADMINISTRATOR})

#: Roles that confirm, as the second person, what others give to read confidential things.
CONFIRMS_MANDATES = frozenset({Role.DATA_PROTECTION_OFFICER})

#: Roles that may take away a lost second factor; whoever does could otherwise sign in as that person.
RESETS_SECOND_FACTOR = frozenset({Role.SYSTEM_ADMINISTRATOR})
