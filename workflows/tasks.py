"""What Celery calls. Each may come twice, late or never without harm: the work is found in rows."""

from celery import shared_task
from django.utils import timezone

from workflows import chores, escalation, jobs, notifications, sealing, timers


@shared_task(name="workflows.tasks.run_job")
def run_job(job_id: int) -> None:
    """Do one job."""
    jobs.run(job_id, timezone.now())


@shared_task(name="workflows.tasks.sweep")
def sweep() -> None:
    """Send again what got lost, and mail at once what people want at once."""
    at = timezone.now()
    notifications.mail_at_once(at)
    jobs.sweep(at)


@shared_task(name="workflows.tasks.fire_timers")
def fire_timers() -> None:
    """Let pass what only waited for its day."""
    timers.fire_due(timezone.now())


@shared_task(name="workflows.tasks.seal_history")
def seal_history() -> None:
    """Seal what was recorded since the last seal."""
    sealing.seal(timezone.now())


@shared_task(name="workflows.tasks.escalate")
def escalate() -> None:
    """Remind of what is due, and put back what nobody can do."""
    escalation.escalate(timezone.now())


@shared_task(name="workflows.tasks.send_digests")
def send_digests() -> None:
    """Mail the day's notices to those who want them once a day."""
    notifications.send_digests(timezone.now())


@shared_task(name="workflows.tasks.hand_out_chores")
def hand_out_chores() -> None:
    """Leave the day's chores, each a job."""
    chores.hand_out(timezone.now())


@shared_task(name="workflows.tasks.beat_heartbeat")
def beat_heartbeat() -> None:
    """Show that beat sends and a worker listens."""
    jobs.beat("beat", timezone.now())
