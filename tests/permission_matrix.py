"""Who may open what: a row for every address of ours. A new address without a row fails `tests/test_urls.py`.

A row says to which roles an address opens within their own scope, and which it refuses: these may know of it but may not enter (403).
All others must not even learn that there is something (404). Whether a verb is then allowed is the service's to say; here it is whether
the door opens. The near misses (another organisation in the same powiat, the same organisation in the next powiat, a mandate that ended
yesterday) are derived: for them every row about one thing of the scope is 404.
"""

from dataclasses import dataclass
from enum import StrEnum

from roles.role import (
    DECIDES_ERASURES,
    OF_SERVICES,
    PROPOSES_ERASURES,
    READS_AGGREGATES,
    READS_CASES,
    READS_LOGS,
    Role,
)

EVERYBODY = frozenset(Role) - OF_SERVICES
READERS = READS_CASES - OF_SERVICES
MANAGERS = frozenset({Role.COORDINATOR, Role.SUPERVISOR, Role.SYSTEM_ADMINISTRATOR})
CONFIRMERS = frozenset({Role.SUPERVISOR, Role.SYSTEM_ADMINISTRATOR, Role.DATA_PROTECTION_OFFICER})
LEADERS = frozenset({Role.COORDINATOR, Role.SUPERVISOR})
TUNERS = frozenset({Role.SUPERVISOR})
UPLOADERS = frozenset({Role.ANIMATOR, Role.COORDINATOR})
IMPORTERS = UPLOADERS | {Role.SUPERVISOR}
FIGURES = READERS | READS_AGGREGATES
DOES_THE_ITEM = frozenset({Role.COORDINATOR})
NOBODY: frozenset[Role] = frozenset()


class Anonymous(StrEnum):
    """What somebody who is not signed in sees."""

    SIGN_IN = "is led to the sign-in"
    OPEN = "may open it too"


@dataclass(frozen=True)
class Row:
    """Who may open an address. `args` names the thing that it is about, `scoped` says that the thing lies in a scope."""

    opens_to: frozenset[Role]
    args: str = ""
    method: str = "get"
    refuses: frozenset[Role] = NOBODY
    scoped: bool = True
    anonymous: Anonymous = Anonymous.SIGN_IN


def page(opens_to: frozenset[Role]) -> Row:
    """A page that is about nothing in particular: a list, a form; what it lists is the list's own business."""
    return Row(opens_to, refuses=EVERYBODY - opens_to, scoped=False)


def public(args: str = "", method: str = "get") -> Row:
    """Open to the world."""
    return Row(EVERYBODY, args, method, scoped=False, anonymous=Anonymous.OPEN)


def own(args: str, method: str = "get") -> Row:
    """Somebody's own thing, and here somebody else's: hidden from every role."""
    return Row(NOBODY, args, method)


def get(args: str, opens_to: frozenset[Role] = READERS) -> Row:
    """A page about one thing."""
    return Row(opens_to, args)


def post(args: str, opens_to: frozenset[Role] = READERS) -> Row:
    """A verb on one thing."""
    return Row(opens_to, args, "post")


#: Addresses of the libraries, each of which checks for itself who is signed in.
NOT_OURS = ("admin:", "account_", "mfa_", "socialaccount_", "usersessions_", "openid_connect_", "?")

MATRIX: dict[str, Row] = {
    # the house
    "healthz": public(),
    "readyz": public(),
    "set_language": public(method="post"),
    "accessibility": public(),
    "about": public(),
    "help": public(),
    "session": public(),
    "styleguide": Row(NOBODY, scoped=False, anonymous=Anonymous.OPEN),
    "set_shortcuts": Row(EVERYBODY, method="post", scoped=False),
    # people
    "roles:people": page(EVERYBODY),
    "roles:invite_person": page(EVERYBODY),
    "roles:account": page(EVERYBODY),
    "roles:my_absence": page(EVERYBODY),
    "roles:person": get("person", MANAGERS),
    "roles:edit_person": get("person", MANAGERS),
    "roles:new_mandate": get("person", MANAGERS),
    "roles:absence_of": get("person", MANAGERS),
    "roles:close_account": post("person", MANAGERS),
    "roles:open_account": post("person", MANAGERS),
    "roles:sign_out": post("person", MANAGERS),
    "roles:remove_second_factor": post("person", MANAGERS),
    "roles:send_invitation_again": post("person", MANAGERS),
    "roles:finish_mandate": get("mandate", MANAGERS),
    "roles:waiting_mandates": page(EVERYBODY),
    "roles:confirm_mandate": post("unconfirmed", CONFIRMERS),
    "roles:decline_mandate": post("unconfirmed", CONFIRMERS),
    "roles:accept_mandate": own("offered", "post"),
    "roles:withdraw_mandate": post("offered", MANAGERS),
    "roles:finish_absence": post("absence", MANAGERS),
    "roles:organisations": page(frozenset({Role.SYSTEM_ADMINISTRATOR})),
    "roles:new_organisation": page(frozenset({Role.SYSTEM_ADMINISTRATOR})),
    "roles:edit_organisation": get("organisation", frozenset({Role.SYSTEM_ADMINISTRATOR})),
    # my work
    "workflows:inbox": page(EVERYBODY),
    "workflows:bulk": Row(EVERYBODY, "take", "post", scoped=False),
    "workflows:bulk_run": own("run"),
    "workflows:bulk_runs": page(EVERYBODY),
    "workflows:bulk_progress": own("run"),
    "workflows:bulk_stop": own("run", "post"),
    "workflows:bulk_undo": own("run", "post"),
    "workflows:new_view": Row(EVERYBODY, "of_work", scoped=False),
    "workflows:columns": Row(EVERYBODY, "of_work", "post", scoped=False),
    "workflows:delete_view": own("view", "post"),
    # work items
    "workflows:item": get("item"),
    "workflows:presence": post("item"),
    "workflows:begin_anew": post("item"),
    "workflows:draft": Row(DOES_THE_ITEM, "item", "post", READERS - DOES_THE_ITEM),
    "workflows:decide": post("approval"),
    "workflows:claim": post("item"),
    "workflows:release": post("item"),
    "workflows:wake": post("item"),
    "workflows:snooze": get("item"),
    "workflows:delegate": get("item"),
    "workflows:hand_back": post("item"),
    "workflows:prioritise": get("item"),
    "workflows:give_time": get("item"),
    "workflows:ask_time": get("item"),
    "workflows:cancel_task": get("item"),
    "workflows:together": page(EVERYBODY),
    # cases
    "workflows:cases": page(EVERYBODY),
    "workflows:export": Row(EVERYBODY, "as_csv", "post", scoped=False),
    "workflows:export_work": Row(EVERYBODY, "as_csv", "post", scoped=False),
    "workflows:export_board": Row(LEADERS, "as_csv", "post", EVERYBODY - LEADERS, scoped=False),
    "workflows:export_powiats": Row(FIGURES, "as_csv", "post", EVERYBODY - FIGURES, scoped=False),
    "workflows:search": Row(EVERYBODY, method="post", scoped=False),
    "workflows:case": get("case"),
    "workflows:case_timeline": get("case"),
    "workflows:seen": post("case"),
    "workflows:ask": get("move"),
    "workflows:assign": get("case"),
    "workflows:add_task": get("case"),
    "workflows:hold": get("case"),
    "workflows:end_of_hold": get("case"),
    "workflows:correct_hold": get("hold"),
    "workflows:withdraw_hold": get("hold"),
    "workflows:revert": get("case"),
    "workflows:open_again": get("case"),
    "workflows:share_case": get("case"),
    "workflows:end_sharing": post("share"),
    "workflows:emergency": page(EVERYBODY),
    "workflows:emergencies": page(EVERYBODY),
    "workflows:review_emergency": post("emergency", frozenset({Role.DATA_PROTECTION_OFFICER})),
    "workflows:watch": post("case"),
    "workflows:stop_watching": post("case"),
    # what I was told
    "workflows:notices": page(EVERYBODY),
    "workflows:read_notice": own("notice", "post"),
    "workflows:read_notices": Row(EVERYBODY, method="post", scoped=False),
    "workflows:choose_paces": Row(EVERYBODY, method="post", scoped=False),
    # boards and programmes
    "workflows:board": page(LEADERS),
    "workflows:powiats": page(FIGURES),
    "workflows:programmes": page(EVERYBODY),
    "workflows:new_programme": page(TUNERS),
    "workflows:programme": get("programme", EVERYBODY),
    "workflows:edit_programme": Row(TUNERS, "programme", refuses=EVERYBODY - TUNERS),
    "workflows:parameter": Row(TUNERS, "parameter", refuses=EVERYBODY - TUNERS),
    "workflows:drop_value": post("value", EVERYBODY),
    # how a kind of case goes
    "workflows:diagrams": page(EVERYBODY),
    **{
        f"workflows:{name}": Row(EVERYBODY, "kind", scoped=False)
        for name in ("diagram", "flow_picture", "lifecycle_picture", "bpmn")
    },
    # what runs beside
    "workflows:jobs": Row(frozenset({Role.SYSTEM_ADMINISTRATOR}), scoped=False),
    "workflows:retry_job": Row(frozenset({Role.SYSTEM_ADMINISTRATOR}), "job", "post", scoped=False),
    "workflows:retry_timer": own("timer", "post"),
    # what every kind of case has: documents, talk, sessions
    "cases:documents": get("case"),
    "cases:document": get("document"),
    "cases:talk": get("case"),
    "cases:note": post("case"),
    "cases:comment": post("case"),
    "cases:psychologist": Row(frozenset({Role.PSYCHOLOGIST}), "case", "post", refuses=READERS - {Role.PSYCHOLOGIST}),
    "cases:sessions": page(EVERYBODY),
    "cases:reading_log": page(READS_LOGS),
    "cases:retention": page(PROPOSES_ERASURES | DECIDES_ERASURES),
    "cases:erasure": get("erasure", PROPOSES_ERASURES | DECIDES_ERASURES),
    "cases:decide_erasure": Row(DECIDES_ERASURES, "erasure", "post", PROPOSES_ERASURES),
    "cases:propose_erasure": Row(PROPOSES_ERASURES, "", "post", EVERYBODY - PROPOSES_ERASURES, scoped=False),
    "cases:new_session": page(EVERYBODY),
    "cases:session": get("session"),
    "cases:edit_session": get("session"),
    "cases:no_show": post("session"),
    "cases:cancel_session": post("session"),
    "cases:confirm": get("attendance"),
    "cases:send_code": post("attendance"),
    "cases:sign": post("attendance"),
    "cases:scan": post("attendance"),
    "cases:dispute": post("attendance"),
    "cases:signature": post("attendance"),
    "cases:make_calendar": Row(EVERYBODY, method="post", scoped=False),
    "cases:close_calendar": Row(EVERYBODY, method="post", scoped=False),
    "cases:calendar": Row(NOBODY, "wrong_token", scoped=False, anonymous=Anonymous.OPEN),
    "cases:answer": Row(NOBODY, "wrong_token", scoped=False, anonymous=Anonymous.OPEN),
    "cases:answered": Row(NOBODY, "wrong_token", scoped=False, anonymous=Anonymous.OPEN),
    # the participants' room
    "participants:apply": public("code"),
    "participants:applied": public("code"),
    "participants:new": page(frozenset({Role.ANIMATOR, Role.COORDINATOR})),
    "participants:reserve_list": page(EVERYBODY),
    "participants:reviews": page(EVERYBODY),
    "participants:imports": page(IMPORTERS),
    "participants:new_import": page(UPLOADERS),
    "participants:import_report": get("import", IMPORTERS),
    "participants:import_progress": get("import", IMPORTERS),
    "participants:import_columns": get("import", IMPORTERS),
    "participants:import_takeover": get("import", IMPORTERS),
    "participants:confirm_import": post("import", IMPORTERS),
    "participants:cancel_import": post("import", IMPORTERS),
    "participants:import_bad_rows": own("import", "post"),
    "participants:entry": get("participant"),
    "participants:notice": get("participant"),
    "participants:questionnaire": get("participant"),
    "participants:person": get("participant"),
    "participants:same_person": Row(LEADERS, "participant", refuses=READERS - LEADERS),
    "participants:diagnosis": get("participant"),
    "participants:exit_data": get("participant"),
    "participants:follow_up": get("participant"),
    "participants:death": get("participant"),
    "participants:progress": get("participant"),
    "participants:eligibility": get("participant"),
    "participants:recommendation": get("participant"),
    "participants:plan": get("participant"),
    "participants:hours": get("participant"),
    "participants:case_file": post("participant"),
    "participants:reveal": post("pesel"),
    "participants:restricted": post("restricted"),
}
