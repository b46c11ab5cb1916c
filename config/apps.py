"""The project itself, so that its commands are found and every process knows its Celery."""

from django.apps import AppConfig

from config.celery import app as celery


class ProjectConfig(AppConfig):
    name = "config"
    celery = celery
