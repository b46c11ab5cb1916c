"""Polish order and Polish search, in columns: the database here has no Polish collation and no `unaccent`."""

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from django.db import models

#: How the letters that follow a Latin letter are written in a key: `~` sorts after every plain letter and digit.
FOLLOWS = {"ą": "a~", "ć": "c~", "ę": "e~", "ł": "l~", "ń": "n~", "ó": "o~", "ś": "s~", "ź": "z~", "ż": "z~~"}

#: Letters that Unicode does not decompose into a base letter and a mark.
WHOLE = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"})

NOT_A_WORD = re.compile(r"[\W_]+")


def sort_key(*parts: str) -> str:
    """A key whose code-point order is that of a Polish dictionary; of several parts, the first decides first."""
    return "  ".join(_part_key(part) for part in parts)


def search_text(*parts: str) -> str:
    """The words without case, diacritics and punctuation, so that `zrodlana` finds `Źródlana`."""
    return " ".join(filter(None, (NOT_A_WORD.sub(" ", _plain(part.casefold())).strip() for part in parts)))


def _part_key(text: str) -> str:
    letters = unicodedata.normalize("NFC", text).casefold()
    words = NOT_A_WORD.sub(" ", letters).strip()
    return "".join(FOLLOWS.get(letter) or _plain(letter) for letter in words)


def _plain(text: str) -> str:
    """Small letters without their marks."""
    decomposed = unicodedata.normalize("NFKD", text.translate(WHOLE)).casefold()
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(WHOLE)


if TYPE_CHECKING:
    TextField = models.CharField[str, str]
else:
    TextField = models.CharField


class DerivedTextField(TextField):
    """Text computed from other fields of the row whenever it is written by `save`, `bulk_create` or `create`.

    Renaming by `update()` or `save(update_fields=…)` must name this field too.
    """

    def __init__(self, *sources: str, **options: Any) -> None:
        self.sources = sources
        chosen: dict[str, Any] = {"max_length": 800, "editable": False, "default": ""} | options
        super().__init__(**chosen)

    def deconstruct(self) -> tuple[str, str, list[str], dict[str, Any]]:
        name, path, _none, options = super().deconstruct()
        return name, path, list(self.sources), options

    def derive(self, *parts: str) -> str:
        raise NotImplementedError

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.derive(*(getattr(model_instance, source) for source in self.sources))[: self.max_length]
        setattr(model_instance, self.attname, value)
        return value


class SortKeyField(DerivedTextField):
    """The Polish order of the fields named: `SortKeyField("last_name", "first_name")`."""

    def derive(self, *parts: str) -> str:
        return sort_key(*parts)


class SearchTextField(DerivedTextField):
    """The words of the fields named, folded for search."""

    def derive(self, *parts: str) -> str:
        return search_text(*parts)


def containing(field: str, text: str) -> models.Q:
    """Rows whose `SearchTextField` contains every word of the text."""
    found = models.Q()
    for word in search_text(text).split():
        found &= models.Q(**{f"{field}__contains": word})
    return found
