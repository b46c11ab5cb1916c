"""One function per verb; each refuses by raising `NotAllowed` with a sentence."""

from roles.services.absences import deputies_lost, end_absence, not_covered, possible_deputies_of, record_absence
from roles.services.first import make_first_administrator
from roles.services.mandates import accept_mandate, confirm_mandate, decline_mandate, end_mandate, give_mandate
from roles.services.organisations import (
    correct_organisation,
    give_services_their_mandates,
    install_service_accounts,
    register_organisation,
)
from roles.services.people import (
    choose_preferences,
    deactivate,
    end_sessions,
    invite,
    reactivate,
    rename,
    reset_second_factor,
)

__all__ = [
    "accept_mandate",
    "choose_preferences",
    "confirm_mandate",
    "correct_organisation",
    "deactivate",
    "decline_mandate",
    "deputies_lost",
    "end_absence",
    "end_mandate",
    "end_sessions",
    "give_mandate",
    "give_services_their_mandates",
    "install_service_accounts",
    "invite",
    "make_first_administrator",
    "not_covered",
    "possible_deputies_of",
    "reactivate",
    "record_absence",
    "register_organisation",
    "rename",
    "reset_second_factor",
]
