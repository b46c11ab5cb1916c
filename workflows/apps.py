"""The engine: cases, work items, moves, deadlines, history, jobs. Knows nothing of social economy."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class WorkflowsConfig(AppConfig):
    name = "workflows"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Workflows")

    def ready(self) -> None:
        """Let every app register what the engine calls by name or runs for it; register the engine's own checks and rules."""
        autodiscover_modules("flow", "jobs", "chores", "integrity", "searchers", "account_parts", "retention")
        import_module("workflows.checks")
        import_module("workflows.second_factor")
        import_module("workflows.services.bulk")
