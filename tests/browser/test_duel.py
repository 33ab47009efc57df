"""The duel on the page: texts come and go, are scored together, and are told apart in words; and many as a table."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import pytest
from playwright.sync_api import expect

from model_utils import load, score

IMAGE = "<img src=x onerror=alert(1)>"
BOXES = "[id^=text-] textarea"
SAID = "#duel .tz-duel-said"


@pytest.fixture(scope="module")
def lm():
    return load()


@pytest.fixture
def duel(visit):
    visitor = visit()
    visitor.tab(3)
    expect(visitor.page.locator("#duel .tz-duel-token").first).to_be_visible()
    return visitor


def fill(visitor, *texts: str) -> None:
    boxes = visitor.page.locator(BOXES)
    while (count := boxes.count()) < len(texts):
        visitor.page.locator("#more").click()
        expect(boxes).to_have_count(count + 1)
    for at, text in enumerate(texts):
        boxes.nth(at).fill(text)


def test_the_lectures_pair_is_there_and_other_texts_are_scored(duel, lm):
    expect(duel.page.locator(SAID)).to_contain_text("times as probable as")
    fill(duel, "I like dogs.", "I like like dogs.", "")
    duel.page.locator("#score").click()
    traces = [score(lm, text) for text in ("I like dogs.", "I like like dogs.")]
    expect(duel.page.locator(SAID)).to_contain_text("“I like dogs.” is")
    bits = (traces[0].logprob - traces[1].logprob) / math.log(2)
    first, second = duel.page.locator(SAID).inner_text().splitlines()
    assert first.endswith(f" times as probable as “I like like dogs.”: {bits:.1f} bits less surprising.")
    assert second.startswith("The largest part of the difference is “")
    figures = duel.page.locator("#duel .tz-duel-figures tbody tr").all_inner_texts()
    assert len(figures) == 2, "an empty box is no text"
    for trace, row in zip(traces, figures, strict=True):
        assert f"−{abs(trace.logprob):.2f}" in row


def test_up_to_six_texts_and_one_taken_away(duel):
    fill(duel, "a", "b", "c", "d", "e", "f")
    expect(duel.page.locator("#more")).not_to_be_visible()
    cross = duel.page.get_by_role("button", name="Remove text B")
    cross.click()
    boxes = duel.page.locator(BOXES)
    expect(boxes).to_have_count(5)
    assert [box.input_value() for box in boxes.all()] == ["a", "c", "d", "e", "f"]
    duel.page.locator("#score").click()
    expect(duel.page.locator("#duel .tz-duel-head")).to_have_count(5)


def test_one_text_alone_shows_its_factors(duel, lm):
    fill(duel, "I like dogs.", " ")
    duel.page.locator("#score").click()
    expect(duel.page.locator(SAID)).to_contain_text("the product of")
    expect(duel.page.locator("#duel .tz-view-score .tz-strip .tz-token").last).to_be_visible()
    expect(duel.page.locator("#duel .tz-duel-grid")).not_to_be_visible()


def test_hostile_texts_and_another_language(duel):
    fill(duel, f"{IMAGE}</script>", "مرحبا 👩‍👩‍👧‍👦 葡萄")
    duel.page.locator("#score").click()
    expect(duel.page.locator(SAID)).to_contain_text(IMAGE)
    duel.choose_language("日本語")
    expect(duel.page.locator(SAID)).to_contain_text("の確率は")
    expect(duel.page.locator("#duel")).to_contain_text("最も確率が高い")
    assert duel.page.locator("#duel img").count() == 0
    assert "\ufffd" not in duel.page.content()


def open_table(visitor):
    visitor.page.locator("#table > button").click()
    expect(visitor.page.locator("#table-texts textarea")).to_be_visible()
    return visitor.page.locator("#sheet")


def saved(visitor) -> list[dict[str, str]]:
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Save as CSV").click()
    assert download.value.suggested_filename == "scores.csv"
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_pasted_table_and_its_csv(duel, lm):
    sheet = open_table(duel)
    long = "dog " * 3_000
    duel.page.locator("#table-texts textarea").fill(f"I like dogs.\n=1+1{IMAGE}\n{long}\n好きな果物は")
    duel.page.locator("#table-run").click()
    expect(sheet).to_contain_text("3 of 4 texts scored; not scored: row 3.")
    expect(sheet.locator("tbody tr").nth(2)).to_contain_text("reads at most")
    expect(sheet.locator("tbody tr").nth(1)).to_contain_text(IMAGE)
    rows = saved(duel)
    assert [row["text"][:5] for row in rows] == ["I lik", "'=1+1", "dog d", "好きな果物"]
    for row in (rows[0], rows[3]):
        trace = score(lm, row["text"])
        assert float(row["logprob_nats"]) == pytest.approx(trace.logprob, abs=1e-4)
        assert float(row["perplexity"]) == pytest.approx(trace.perplexity, rel=1e-4)
    assert rows[2]["logprob_nats"] == "" and "reads at most" in rows[2]["error"]


def test_a_csv_file_and_one_that_is_none(duel, tmp_path):
    sheet = open_table(duel)
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text('id,text\n1,I like dogs.\n2,"a, b"\n', encoding="utf-8")
    bad.write_text("id,words\n1,a\n", encoding="utf-8")
    duel.page.locator("#table-ask input[type=file]").set_input_files(good)
    expect(sheet).to_contain_text("2 texts scored.")
    assert [row["text"] for row in saved(duel)] == ["I like dogs.", "a, b"]
    duel.page.locator("#table-ask input[type=file]").set_input_files(bad)
    expect(duel.page.locator("#table")).to_contain_text("names no column text")


def test_an_empty_table(duel):
    open_table(duel)
    duel.page.locator("#table-run").click()
    expect(duel.page.locator("#table")).to_contain_text("The table has no text.")
