"""Wiring only: settings, addresses, the worker's timetable."""

from kaspi_backend.celery import app as celery_app

__all__ = ["celery_app"]
