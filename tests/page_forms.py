"""What pages let be sent: every form of a page, filled in as somebody might fill it in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

SENTENCE = "Zdanie na próbę, dłuższe niż dwadzieścia znaków."
#: What is written into fields, by their type; into any other a sentence.
WRITTEN = {
    "date": "2026-03-03",
    "datetime-local": "2026-03-03T08:00",
    "email": "nowy@example.org",
    "tel": "600 999 999",
}


@dataclass
class PageForm:
    """Where a form is sent, and what stands in it; `free` names the fields that take any text."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    free: set[str] = field(default_factory=set)

    def put(self, name: str, value: str, *, free: bool = False) -> None:
        if name != "csrfmiddlewaretoken":
            self.fields.setdefault(name, []).append(value)
            if free:
                self.free.add(name)


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.forms = address, list[PageForm]()
        self._form: PageForm | None = None
        self._select: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if tag == "form" and (named.get("method") or "").lower() == "post":
            self._form = PageForm(urljoin(self.address, named.get("action") or self.address))
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "select" and named.get("name"):
            self._select = (named["name"], [])
        elif tag == "option" and self._select is not None:
            self._select[1].append(named.get("value") or "")
        elif tag == "textarea" and named.get("name"):
            self._form.put(named["name"], SENTENCE, free=True)
        elif tag in {"input", "button"} and named.get("name"):
            self._input(named)

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "select" and self._select is not None and self._form is not None:
            name, offered = self._select
            self._form.put(name, next(filter(None, offered), ""))
            self._select = None

    def _input(self, named):
        kind, name, value = named.get("type") or "text", named["name"], named.get("value") or ""
        if kind == "radio" and name in self._form.fields:
            return
        if kind in {"hidden", "radio", "checkbox", "submit"}:
            self._form.put(name, value or "on")
        elif kind == "number":
            self._form.put(name, value or named.get("min") or "1", free=True)
        elif kind != "file":
            known = WRITTEN.get(kind, SENTENCE if "required" in named else "")
            self._form.put(name, value or known, free=True)


def forms_on(page: str, address: str) -> Iterator[PageForm]:
    """The forms of a page that change something."""
    reader = _Reader(address)
    reader.feed(page)
    yield from reader.forms
