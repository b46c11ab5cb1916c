"""Fields that the database holds only encrypted (see `roles.sealing`), and the keyed hashes to find them by.

What is stored is bound to the model and field it is for.
"""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from roles.sealing import keyed_hash, seal, unseal

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    BaseField = models.Field["str | Sealed | None", "Sealed | None"]
    JSONBaseField = models.Field[Any, "Sealed | None"]
else:
    BaseField = JSONBaseField = models.Field

HIDDEN = "•"
#: What may be asked of ciphertext: whether there is any, and (by history triggers) whether it changed.
LOOKUPS = {"isnull", "df", "ndf"}


class Sealed:
    """An encrypted value: it can be stored and copied, and says nothing of itself until somebody opens it."""

    __slots__ = ("field", "token")

    def __init__(self, token: bytes, field: "EncryptedTextField | EncryptedJSONField") -> None:
        self.token, self.field = token, field

    def open(self) -> Any:
        """The value itself. Callers log the reading; templates must never be given the result by habit."""
        return self.field.decode(unseal(self.token, self.field.context))

    def masked(self, shown: int = 0) -> str:
        """A dot for every character but the last few."""
        text = str(self.open())
        return HIDDEN * (len(text) - shown) + text[len(text) - shown :]

    def __str__(self) -> str:
        return HIDDEN * 3

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.token == self.token

    def __hash__(self) -> int:
        return hash(self.token)


class SealedAttribute(DeferredAttribute):
    """Seals what is assigned, so that no instance holds the plain value."""

    field: "EncryptedTextField"

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = self.field.sealed(value)


class SealedFieldMixin:
    """How both fields bind to their place, store bytes, and refuse to be searched or put into a form."""

    descriptor_class: Any = SealedAttribute
    empty_strings_allowed = False

    def __init__(self, *args: Any, context: str = "", **options: Any) -> None:
        self.context = context
        super().__init__(*args, **{"null": True, "blank": True} | options)

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        """Bind to the first concrete model; its history tables inherit the binding with the field."""
        super().contribute_to_class(cls, name, private_only)  # type: ignore[misc]
        if not self.context and not cls._meta.abstract:
            self.context = f"{cls._meta.label_lower}.{name}"

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, options = super().deconstruct()  # type: ignore[misc]
        return name, path, args, options | {"context": self.context}

    def get_internal_type(self) -> str:
        return "BinaryField"

    def sealed(self, value: Any) -> Sealed | None:
        """The value as an instance carries it; nothing for None and for empty text."""
        if value is None or value == "" or isinstance(value, Sealed):
            return value or None
        return Sealed(seal(self.encode(value), self.context), self)  # type: ignore[arg-type]

    def encode(self, value: Any) -> bytes:
        raise NotImplementedError

    def decode(self, plain: bytes) -> Any:
        raise NotImplementedError

    def from_db_value(self, value: Any, _expression: Any, _connection: "BaseDatabaseWrapper") -> Sealed | None:
        return None if value is None else Sealed(bytes(value), self)  # type: ignore[arg-type]

    def get_db_prep_value(self, value: Any, connection: "BaseDatabaseWrapper", prepared: bool = False) -> Any:
        sealed = self.sealed(value)
        return None if sealed is None else connection.Database.Binary(sealed.token)  # type: ignore[attr-defined]

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name in LOOKUPS else None  # type: ignore[misc]

    def formfield(self, **_options: Any) -> None:
        return None


class EncryptedTextField(SealedFieldMixin, BaseField):
    """Text stored encrypted; the attribute is a `Sealed`, or None when there is nothing."""

    def encode(self, value: Any) -> bytes:
        return str(value).encode()

    def decode(self, plain: bytes) -> str:
        return plain.decode()


class EncryptedJSONField(SealedFieldMixin, JSONBaseField):
    """A JSON value stored encrypted; the attribute is a `Sealed`, or None when there is nothing."""

    def encode(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def decode(self, plain: bytes) -> Any:
        return json.loads(plain)


class BlindIndexField(models.CharField):  # type: ignore[type-arg]
    """The keyed hash of an encrypted field, to find and compare it by; computed whenever the row is saved.

    Saving with `update_fields` must name this field too. `normalise` makes one text of all spellings of a value.
    """

    def __init__(self, source: str, normalise: Callable[[str], str], **options: Any) -> None:
        self.source, self.normalise = source, normalise
        super().__init__(**{"max_length": 64, "null": True, "editable": False} | options)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, _none, options = super().deconstruct()
        return name, path, [self.source, self.normalise], options

    def index_of(self, value: str) -> str:
        """What a row with this value holds."""
        source = self.model._meta.get_field(self.source)
        plain = self.normalise(value).encode(errors="replace").decode()
        return keyed_hash(plain, source.context)  # type: ignore[union-attr]

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:
        sealed: Sealed | None = getattr(model_instance, self.source)
        value = self.index_of(sealed.open()) if sealed else None
        setattr(model_instance, self.attname, value)
        return value
