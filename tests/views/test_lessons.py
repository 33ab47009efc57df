"""Lessons are read from files, a broken one is named with its line, and each shows what its models say."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_utils import load
from model_utils.serving.model_cache import Loaded
from model_utils.trace.values import from_wire
from model_utils.views.lecture.lessons import LESSONS, Lesson, contents, in_language, read_lesson, read_lessons
from model_utils.views.protocol.branches import branches_from_wire
from model_utils.views.registry import VIEWS
from tests.fakes import FakeLM

HEAD = "title: A lesson\nlanguage: en\nview: step\n"
INPUT = "inputs:\n  prompt: xx\n  length: 3\n"


def write(folder: Path, head: str, text: str = "Look.", name: str = "one.en.md") -> Path:
    path = folder / name
    path.write_text(f"---\n{head}---\n{text}\n", encoding="utf-8")
    return path


def test_a_lesson_is_its_front_matter_and_its_text(tmp_path):
    lesson = read_lesson(write(tmp_path, HEAD + "step: 2\n" + INPUT, "# Look\n\nat this."))
    assert (lesson.name, lesson.text, lesson.front.step) == ("one", "# Look\n\nat this.", 2)
    trace = from_wire(lesson.value(lambda _: FakeLM()))
    assert len(trace.steps) >= 3 and trace.sampling.temperature == 0
    assert lesson.fields()["state"]["inputs"]["prompt"] == "xx"
    assert "inputs" not in lesson.fields()


@pytest.mark.parametrize(
    ("head", "line", "said"),
    [
        (HEAD + INPUT + "colour: red\n", 8, "colour"),
        (HEAD + INPUT + "  top: 3\n", 8, "top"),
        (HEAD + "inputs:\n  prompt: 7\n", 6, "Expected `str`, got `int` (at prompt)"),
        (HEAD + "inputs:\n  length: 7\n", 5, "missing required field `prompt`"),
        (HEAD.replace("step", "film") + INPUT, 4, "film"),
        ("title: A\nlanguage: en\n" + INPUT, 1, "missing required field `view`"),
        (HEAD + "step: [\n" + INPUT, 5, ""),
        ("title: 'open\n" + HEAD + INPUT, 2, ""),
        ("- 1\n- 2\n", 1, "Expected `object`"),
        ("", 1, "Expected `object`"),
        ("a: !!python/object/apply:os.system ['true']\n", 2, "could not determine a constructor"),
        ("a: &a [1]\n<<: *b\n", 3, "undefined alias"),
    ],
)
def test_a_broken_lesson_is_named_with_its_line(tmp_path, head, line, said):
    write(tmp_path, HEAD + INPUT, name="good.en.md")
    write(tmp_path, head, name="bad.en.md")
    lessons, (trouble,) = read_lessons(tmp_path)
    assert [lesson.name for lesson in lessons] == ["good"]
    assert trouble.params["file"] == "bad.en.md"
    assert said in str(trouble)
    assert trouble.params["line"] == line


@pytest.mark.parametrize("written", [b"no front matter", b"", b"---\ntitle: never closed\n", b"\xff\xfe---\n"])
def test_a_file_that_is_no_lesson(tmp_path, written):
    (tmp_path / "x.md").write_bytes(written)
    assert [trouble.params["line"] for trouble in read_lessons(tmp_path)[1]] == [1]


def test_one_lesson_in_two_languages(tmp_path):
    write(tmp_path, HEAD + INPUT)
    write(tmp_path, HEAD.replace("en", "ja").replace("A lesson", "授業") + INPUT, name="one.ja.md")
    write(tmp_path, HEAD + "order: 1\n" + INPUT, name="first.en.md")
    lessons, _ = read_lessons(tmp_path)
    listed = contents(lessons)
    assert [entry["name"] for entry in listed] == ["first", "one"]
    assert listed[1]["titles"] == {"en": "A lesson", "ja": "授業"}
    assert in_language(lessons, "one", "ja").front.title == "授業"
    assert in_language(lessons, "first", "ja").front.language == "en"
    assert in_language(lessons, "../../etc/passwd", "ja") is None


PUBLISHED, TROUBLES = read_lessons()
models = Loaded(load, capacity=10)


def test_the_published_lessons_are_whole():
    assert TROUBLES == []
    assert all(set(entry["titles"]) == {"en", "ja"} for entry in contents(PUBLISHED))
    assert {lesson.front.view for lesson in PUBLISHED} == set(VIEWS)
    for lesson in PUBLISHED:
        assert (LESSONS / f"{lesson.name}.{lesson.front.language}.md").exists()
        assert lesson.front.question and lesson.front.answer and lesson.front.look and lesson.text
        twin = in_language(PUBLISHED, lesson.name, "en")
        assert (lesson.front.view, lesson.front.slides) == (twin.front.view, twin.front.slides)


@pytest.mark.parametrize("lesson", PUBLISHED, ids=lambda lesson: f"{lesson.name}-{lesson.front.language}")
def test_every_lesson_has_something_to_show(lesson: Lesson):
    value = lesson.value(models.get)
    assert value
    if lesson.front.step:
        steps = value["branches"][0]["trace"]["steps"] if "branches" in value else value["steps"]
        assert 1 <= lesson.front.step <= len(steps)


LANGUAGES = pytest.mark.parametrize("language", ["en", "ja"])
"""What follows holds of the weights that are published: a new training may take a lesson's point away."""


def shown(name: str, language: str):
    return in_language(PUBLISHED, name, language).value(models.get)


def answer_probabilities(name: str, language: str) -> dict[str, float]:
    return {each["spellings"][0]["text"]: each["probability"] for each in shown(name, language)["answers"]}


@LANGUAGES
def test_a_pattern_in_the_prompt_is_taken_up(language):
    found = answer_probabilities("examples", language)
    assert max(found, key=found.get) == next(iter(found))


@LANGUAGES
def test_a_note_in_the_prompt_outweighs_the_habit(language):
    habit, noted = answer_probabilities("confident", language), answer_probabilities("passage", language)
    told = max(noted, key=noted.get)
    assert max(habit, key=habit.get) != told
    assert noted[told] > 3 * habit[told]
    assert all(noted[other] < habit[other] for other in habit.keys() - {told})


@LANGUAGES
def test_greedy_is_not_the_most_probable(language):
    greedy, found = branches_from_wire(shown("greedy", language)).branches
    assert found.trace.logprob > greedy.trace.logprob + 1


@LANGUAGES
def test_of_two_sentences_the_shorter_is_likelier_and_the_longer_the_less_surprising_by_the_token(language):
    short, long = (from_wire(trace) for trace in shown("length", language)["traces"])
    assert len(short.steps) < len(long.steps)
    assert short.logprob > long.logprob
    assert short.logprob / len(short.steps) < long.logprob / len(long.steps)


@LANGUAGES
def test_a_larger_model_is_less_surprised(language):
    small, large = (from_wire(side["trace"]) for side in shown("sizes", language)["sides"])
    assert large.logprob > small.logprob
