"""One function per verb; each refuses by raising `NotAllowed` with a sentence."""

from roles.services.absences import end_absence, possible_deputies_of, record_absence
from roles.services.mandates import end_mandate, give_mandate
from roles.services.organisations import give_services_their_mandates, install_service_accounts, register_organisation
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
    "choose_preferences",
    "deactivate",
    "end_absence",
    "end_mandate",
    "end_sessions",
    "give_mandate",
    "give_services_their_mandates",
    "install_service_accounts",
    "invite",
    "possible_deputies_of",
    "reactivate",
    "record_absence",
    "register_organisation",
    "rename",
    "reset_second_factor",
]
