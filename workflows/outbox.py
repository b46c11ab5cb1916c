"""Mail for an installation without a mail server: one file a message, named by its Message-ID, so that sending it again changes nothing."""

import hashlib
import os
from collections.abc import Sequence
from email.message import Message
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Writes messages into `EMAIL_FILE_PATH`, each whole or not at all."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write those that are not there yet; how many there are now."""
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            _write(folder, message.message())
        return len(email_messages)


def _write(folder: Path, message: Message) -> None:
    name = hashlib.sha256(str(message["Message-ID"]).encode()).hexdigest()[:32]
    draft = folder / f".{name}.{os.getpid()}"
    with draft.open("wb") as file:
        file.write(message.as_bytes())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, folder / f"{name}.eml")
    except FileExistsError:
        pass  # sent already, by an attempt that could not say so any more
    finally:
        draft.unlink()
