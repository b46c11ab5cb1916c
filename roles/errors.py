"""Refusals of this app."""

from django.utils.functional import Promise


class NotAllowed(Exception):  # noqa: N818 - a refusal, named as the engine names its own
    """What was asked for is not for this person, or not possible; `sentence` says why, in their language."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(sentence)
        self.sentence = sentence
