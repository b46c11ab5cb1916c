"""Who and where: territory, organisations, people, mandates, absences."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class RolesConfig(AppConfig):
    name = "roles"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("People and mandates")

    def ready(self) -> None:
        """Every app's `menu` module registers its entries."""
        autodiscover_modules("menu")
