"""Every address of the application."""

from django.contrib import admin
from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from config.health import healthz, readyz
from roles.views.account import set_language

handler500 = "roles.pages.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("i18n/setlang/", set_language, name="set_language"),
    path("account/", include("allauth.urls")),
    path("people/", include("roles.urls")),
    path("", include("roles.pages")),
    path("", include("workflows.urls")),
    path("", include("cases.urls")),
    path("", include("cases.participants.urls")),
    path("admin/", admin.site.urls),
]
