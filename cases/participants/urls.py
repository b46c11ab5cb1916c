"""Addresses of the participant's room."""

from django.urls import path
from django.urls.resolvers import URLPattern, URLResolver

from cases.participants.views import (
    applying,
    correcting,
    facts,
    file,
    importing,
    reading,
    registering,
    reserve,
    reviews,
)

app_name = "participants"

urlpatterns: list[URLPattern | URLResolver] = [
    path("apply/<str:code>/", applying.apply, name="apply"),
    path("apply/<str:code>/done/", applying.applied, name="applied"),
    path("participants/new/", registering.new, name="new"),
    path("participants/reserve-list/", reserve.reserve_list, name="reserve_list"),
    path("participants/reviews/", reviews.reviews, name="reviews"),
    path("participants/imports/", importing.imports, name="imports"),
    path("participants/imports/new/", importing.new_import, name="new_import"),
    path("participants/imports/<int:pk>/", importing.import_report, name="import_report"),
    path("participants/imports/<int:pk>/progress/", importing.import_progress, name="import_progress"),
    path("participants/imports/<int:pk>/columns/", importing.import_columns, name="import_columns"),
    path("participants/imports/<int:pk>/confirm/", importing.confirm_import, name="confirm_import"),
    path("participants/imports/<int:pk>/cancel/", importing.cancel_import, name="cancel_import"),
    path("participants/imports/<int:pk>/takeover/", importing.import_takeover, name="import_takeover"),
    path("participants/imports/<int:pk>/bad-rows/", importing.import_bad_rows, name="import_bad_rows"),
    path("participants/<int:pk>/entry/", facts.entry, name="entry"),
    path("participants/<int:pk>/notice/", facts.notice, name="notice"),
    path("participants/<int:pk>/questionnaire/", facts.questionnaire, name="questionnaire"),
    path("participants/<int:pk>/person/", facts.person, name="person"),
    path("participants/<int:pk>/same-person/", registering.same_person, name="same_person"),
    path("participants/<int:pk>/diagnosis/", correcting.diagnosis, name="diagnosis"),
    path("participants/<int:pk>/exit-data/", correcting.exit_data, name="exit_data"),
    path("participants/<int:pk>/follow-up/", correcting.follow_up, name="follow_up"),
    path("participants/<int:pk>/death/", correcting.death, name="death"),
    path("participants/<int:pk>/progress/", reading.progress, name="progress"),
    path("participants/<int:pk>/eligibility/", reading.eligibility, name="eligibility"),
    path("participants/<int:pk>/recommendation/", reading.recommendation, name="recommendation"),
    path("participants/<int:pk>/plan/", reading.plan, name="plan"),
    path("participants/<int:pk>/hours/", reading.hours, name="hours"),
    path("participants/<int:pk>/file/", file.case_file, name="case_file"),
    path("participants/<int:pk>/reveal/<slug:what>/", reading.reveal, name="reveal"),
    path("participants/<int:pk>/restricted/<slug:what>/", reading.restricted, name="restricted"),
]
