"""Text messages: one function, named by `SMS_BACKEND`, takes a number and a text. Without one nobody is offered SMS."""

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string


def is_available() -> bool:
    """Whether text messages can be sent."""
    return bool(settings.SMS_BACKEND)


def send_sms(number: str, text: str) -> None:
    """Send a text message; whatever the gateway raises makes the job try again."""
    import_string(settings.SMS_BACKEND)(number, text)


def to_file(number: str, text: str) -> None:
    """The backend of installations without a gateway: a file a message in `VAR_DIR/sms`."""
    folder = settings.VAR_DIR / "sms"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{timezone.now():%Y%m%dT%H%M%S%f}.txt"
    path.write_text(f"{number}\n{text}\n")
    path.chmod(0o600)
