"""Polish order and Polish search."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roles.models import User
from roles.polish import containing, search_text, sort_key
from tests.factories import make_user

ALPHABET = "aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż"

polish_words = st.text(ALPHABET, min_size=1, max_size=12)


@given(polish_words, polish_words)
def test_the_key_orders_words_as_the_alphabet_does(one: str, other: str) -> None:
    places = [[ALPHABET.index(letter) for letter in word] for word in (one, other)]
    assert (sort_key(one) < sort_key(other)) == (places[0] < places[1])


@given(polish_words)
def test_case_does_not_change_the_order(word: str) -> None:
    assert sort_key(word.upper()) == sort_key(word)


@pytest.mark.parametrize(
    "in_order",
    [
        ["cena", "cło", "ćma", "dom"],
        ["las", "lód", "łan", "łódź", "mak"],
        ["zorza", "źdźbło", "źrebak", "żaba", "żuk"],
        ["średzki", "śremski", "turecki"],
        ["Nowak", "Nowak-Kowalska", "Nowak Zofia", "Nowakowska"],
        ["Mulak", "Müller", "Munk"],
        ["2 Sprawa", "Alfa"],
    ],
)
def test_words_stand_in_dictionary_order(in_order: list[str]) -> None:
    backwards = in_order[::-1]
    assert sorted(backwards, key=sort_key) == in_order


def test_the_surname_decides_before_the_first_name() -> None:
    assert sort_key("Nowak", "Zofia") < sort_key("Nowak Maria", "Anna") < sort_key("Nowakowska", "Anna")


@pytest.mark.parametrize(
    ("text", "found"),
    [("Źródlana", "zrodlana"), ("ŁÓDŹ", "lodz"), ("Spółdzielnia „Żubr” – Śrem", "spoldzielnia zubr srem"), ("", "")],
)
def test_search_text_has_no_case_no_marks_and_no_punctuation(text: str, found: str) -> None:
    assert search_text(text) == found


@example("℠")
@given(st.text(max_size=200))
def test_any_text_at_all_has_a_key_and_search_words(text: str) -> None:
    sort_key(text).encode("utf-8", "surrogatepass")
    assert search_text(search_text(text)) == search_text(text)


@pytest.mark.django_db
def test_people_stand_in_polish_order() -> None:
    for surname in ("Żak", "Zając", "Ćwik", "Cywka", "Łoś", "Lis", "Ącki", "Adamska"):
        make_user("Jan", surname)
    assert [user.last_name for user in User.objects.by_name()] == [
        *("Adamska", "Ącki", "Cywka", "Ćwik", "Lis", "Łoś", "Zając", "Żak")
    ]


@pytest.mark.django_db
def test_people_are_found_without_diacritics_by_any_of_their_words() -> None:
    person = make_user("Łucja", "Brzęczyszczykiewicz-Żak")
    make_user("Łucja", "Żmuda")
    assert User.objects.filter(containing("search", "ZAK lucja")).get() == person
    assert not User.objects.filter(containing("search", "zak anna")).exists()


@pytest.mark.django_db
def test_rows_written_in_bulk_have_their_keys() -> None:
    User.objects.bulk_create([User(username="zofia", last_name="Żak", first_name="Zofia")])
    assert User.objects.get(username="zofia").sort_key == sort_key("Żak", "Zofia", "zofia")
