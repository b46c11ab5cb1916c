"""Addresses under `/people/`."""

from django.urls import path

from roles.views import absences, account, mandates, organisations, people

app_name = "roles"

urlpatterns = [
    path("", people.people, name="people"),
    path("new/", people.invite_person, name="invite_person"),
    path("<int:pk>/", people.person, name="person"),
    path("<int:pk>/edit/", people.edit_person, name="edit_person"),
    path("<int:pk>/close/", people.close_account, name="close_account"),
    path("<int:pk>/open/", people.open_account, name="open_account"),
    path("<int:pk>/sign-out/", people.sign_out, name="sign_out"),
    path("<int:pk>/second-factor/", people.remove_second_factor, name="remove_second_factor"),
    path("<int:pk>/invitation/", people.send_invitation_again, name="send_invitation_again"),
    path("<int:pk>/mandates/new/", people.new_mandate, name="new_mandate"),
    path("mandates/<int:pk>/end/", people.finish_mandate, name="finish_mandate"),
    path("mandates/", mandates.waiting_mandates, name="waiting_mandates"),
    path("mandates/<int:pk>/confirm/", mandates.confirm_mandate, name="confirm_mandate"),
    path("mandates/<int:pk>/withdraw/", mandates.withdraw_mandate, name="withdraw_mandate"),
    path("mandates/<int:pk>/accept/", mandates.accept_mandate, name="accept_mandate"),
    path("mandates/<int:pk>/decline/", mandates.decline_mandate, name="decline_mandate"),
    path("<int:pk>/absences/new/", absences.absence_of, name="absence_of"),
    path("absences/<int:pk>/end/", absences.finish_absence, name="finish_absence"),
    path("organisations/", organisations.organisations, name="organisations"),
    path("organisations/new/", organisations.new_organisation, name="new_organisation"),
    path("organisations/<int:pk>/edit/", organisations.edit_organisation, name="edit_organisation"),
    path("me/", account.account, name="account"),
    path("me/absences/new/", absences.my_absence, name="my_absence"),
]
