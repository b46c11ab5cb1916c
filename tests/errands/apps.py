from django.apps import AppConfig


class ErrandsConfig(AppConfig):
    name = "tests.errands"
    label = "errands"
    default_auto_field = "django.db.models.BigAutoField"
