"""Addresses of the facts that all kinds of case share."""

from django.urls import path
from django.urls.resolvers import URLPattern, URLResolver

from cases.views import calendars, confirming, documents, logs, retention, sessions, talk

app_name = "cases"

urlpatterns: list[URLPattern | URLResolver] = [
    path("access/", logs.reading_log, name="reading_log"),
    path("retention/", retention.retention, name="retention"),
    path("retention/<int:pk>/", retention.erasure, name="erasure"),
    path("retention/<int:pk>/decide/", retention.decide, name="decide_erasure"),
    path("retention/propose/", retention.propose, name="propose_erasure"),
    path("cases/<int:pk>/documents/", documents.documents, name="documents"),
    path("documents/<int:pk>/", documents.document, name="document"),
    path("cases/<int:pk>/talk/", talk.talk, name="talk"),
    path("cases/<int:pk>/talk/note/", talk.note, name="note"),
    path("cases/<int:pk>/talk/comment/", talk.comment, name="comment"),
    path("cases/<int:pk>/psychologist/", talk.psychologist, name="psychologist"),
    path("sessions/", sessions.sessions, name="sessions"),
    path("sessions/new/", sessions.new_session, name="new_session"),
    path("sessions/<int:pk>/", sessions.session, name="session"),
    path("sessions/<int:pk>/edit/", sessions.edit_session, name="edit_session"),
    path("sessions/<int:pk>/no-show/", sessions.no_show, name="no_show"),
    path("sessions/<int:pk>/cancel/", sessions.cancel, name="cancel_session"),
    path("attendances/<int:pk>/confirm/", confirming.confirm, name="confirm"),
    path("attendances/<int:pk>/send-code/", confirming.send_code, name="send_code"),
    path("attendances/<int:pk>/sign/", confirming.sign, name="sign"),
    path("attendances/<int:pk>/signature/", confirming.signature, name="signature"),
    path("attendances/<int:pk>/scan/", confirming.scan, name="scan"),
    path("attendances/<int:pk>/dispute/", confirming.dispute, name="dispute"),
    path("calendar/new/", calendars.make_calendar, name="make_calendar"),
    path("calendar/close/", calendars.close_calendar, name="close_calendar"),
    path("calendar/<str:token>.ics", calendars.calendar, name="calendar"),
    path("confirm/<str:token>/", confirming.answer, name="answer"),
    path("confirm/<str:token>/thanks/", confirming.answered, name="answered"),
]
