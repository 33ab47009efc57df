"""What one visitor may ask for: read from the environment, wide at home, narrow in public."""

from __future__ import annotations

import pytest

from model_utils.catalog import DEFAULT, SUGGESTED
from model_utils.errors import InvalidLink, InvalidSettings, ModelNotListed, TextTooLong
from model_utils.serving.limits import Limits

PUBLIC = Limits.read({"TSUZUKI_PUBLIC": "1", "TSUZUKI_MODELS": "a/b@main, /srv/own ,a/b@main,"})


def test_at_home_anything_may_be_loaded_and_long_texts_are_read() -> None:
    limits = Limits.read({})
    assert not limits.public and limits.models == SUGGESTED
    assert limits.admitted("/any/folder") == "/any/folder" and limits.admitted("any/id") == "any/id"
    limits.check_texts("x" * 100_000)
    limits.check_length(5_000)


@pytest.mark.parametrize(
    ("environment", "public"),
    [({"SPACE_ID": "a/b"}, True), ({"SPACE_ID": "a/b", "TSUZUKI_PUBLIC": "0"}, False), ({"TSUZUKI_PUBLIC": "1"}, True)],
)
def test_a_space_is_public_unless_told_otherwise(environment: dict[str, str], public: bool) -> None:
    assert Limits.read(environment).public == public


def test_in_public_what_is_listed_is_loaded_and_nothing_else() -> None:
    assert PUBLIC.models == ("a/b@main", "/srv/own")
    for name in (DEFAULT, "", "a/b@main", "/srv/own", "micro@step128"):
        assert PUBLIC.admitted(name) == name
    for name in ("a/b", "a/b@other", "/etc", "../small", "./assets/models/small", "ray:http://x", "openai:http://x#y"):
        with pytest.raises(ModelNotListed):
            PUBLIC.admitted(name)


def test_texts_and_lengths_are_bounded() -> None:
    PUBLIC.check_texts("x" * 2_000, "y" * 2_000)
    with pytest.raises(TextTooLong):
        PUBLIC.check_texts("x" * 2_000, "y" * 2_001)
    PUBLIC.check_length(200)
    for length, times in ((201, 1), (51, 4), (None, 1), (-1, 1), (2.5, 1)):
        with pytest.raises(InvalidSettings):
            PUBLIC.check_length(length, times)  # type: ignore[arg-type]
    with pytest.raises(InvalidLink):
        PUBLIC.check_ids(10_000)


def test_the_environment_sets_the_bounds() -> None:
    limits = Limits.read(
        {"TSUZUKI_PUBLIC": "1", "TSUZUKI_CHARACTERS": "10", "TSUZUKI_TOKENS": "3", "TSUZUKI_MODELS": ""}
    )
    assert limits.models == () and (limits.characters, limits.tokens) == (10, 3)


@pytest.mark.parametrize("name", ["TSUZUKI_MODEL", "TSUZUKI_PUBLIK", "TSUZUKI_TOKEN", "TSUZUKI_HOST", "TSUZUKI_RATES"])
def test_a_mistyped_name_is_refused_with_the_right_one(name: str) -> None:
    with pytest.raises(ValueError, match=f"no setting {name} in the environment. Perhaps you mean TSUZUKI_"):
        Limits.read({name: "1"})


def test_other_names_are_nobodys_mistake() -> None:
    Limits.read({"TSUZUKI_RANDOM_LINKS": "1", "TSUZUKI_EXAMPLES": "1", "HOME": "/"})
