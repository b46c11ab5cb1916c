"""The verbs of the participant's path: one function each. Forms of work call them inside the unit that moves the case on."""

from cases.participants.services.leaving import (
    collect_exit_data,
    correct_exit_data,
    correct_follow_up,
    fill_in_questionnaire,
    follow_up,
    record_death,
    stop_contacts,
)
from cases.participants.services.recommending import confirm_recommendation, give_opinion, recommend
from cases.participants.services.recruitment import (
    ask_for_supplement,
    confirm_criteria,
    find,
    give_notice,
    lodge_appeal,
    name_tutor,
    receive_supplement,
    record_entry,
    refuse_reserve_while_places_are_free,
)
from cases.participants.services.support import agree_plan, correct_diagnosis, diagnose, finish_actions, review

__all__ = [
    "agree_plan",
    "ask_for_supplement",
    "collect_exit_data",
    "confirm_criteria",
    "confirm_recommendation",
    "correct_diagnosis",
    "correct_exit_data",
    "correct_follow_up",
    "diagnose",
    "fill_in_questionnaire",
    "find",
    "finish_actions",
    "follow_up",
    "give_notice",
    "give_opinion",
    "lodge_appeal",
    "name_tutor",
    "receive_supplement",
    "recommend",
    "record_death",
    "record_entry",
    "refuse_reserve_while_places_are_free",
    "review",
    "stop_contacts",
]
