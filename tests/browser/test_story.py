"""The whole story of one visit: a prompt, a step, a knob, a fork, the map, a beam search, an undo, and a reload."""

from __future__ import annotations

from playwright.sync_api import expect

from model_utils import Sampling, beam, generate, load

PROMPT = "The capital of France is"
TOKENS = 6
STEP = 6


def shares(visitor) -> list[str]:
    """What the bars of the step show in percent."""
    return visitor.player.locator("button.tz-row:not([hidden]) .tz-percent").all_inner_texts()


def test_prompt_step_knob_fork_map_beam_undo_reload(visit):
    lm, visitor = load(), visit()
    page, player = visitor.page, visitor.player
    greedy = generate(lm, PROMPT, TOKENS, Sampling(temperature=0.0))

    visitor.type_prompt(PROMPT)
    visitor.set_length(TOKENS)
    visitor.run()
    expect(visitor.strip).to_contain_text("France")
    visitor.finished()
    expect(visitor.strip.locator(".tz-token")).to_have_count(len(greedy.tokens))

    visitor.strip.locator(f"[data-step='{STEP}']").click()
    raw = shares(visitor)
    sent = len(visitor.sent)
    page.locator(".tz-knob-slider").first.fill("1.5")
    flatter = shares(visitor)
    assert flatter != raw and len(visitor.sent) == sent, "a knob asks the server nothing"

    other = next(c for c in greedy.steps[STEP].candidates if c != greedy.steps[STEP].chosen)
    player.locator("button.tz-row").nth(other.rank - 1).click()
    expect(player.locator(".tz-branch")).to_have_count(2)
    visitor.finished()
    fork = generate(lm, greedy.fork(STEP, other.token.id), TOKENS, Sampling(temperature=0.0))
    found, current, *_ = visitor.saved_branches()
    assert [branch.trace.ids for branch in found] == [greedy.ids, fork.ids] and current == 1

    visitor.tab(1)
    blocks = page.locator("#map .tz-block")
    expect(blocks.first).to_be_visible()
    page.get_by_role("button", name="Beam search").click()
    expect(page.locator(".tz-beam-said")).to_contain_text(f"Step {TOKENS} of {TOKENS}")
    visitor.tab(0)
    best = beam(lm, PROMPT, 4, TOKENS)
    found, current, *_ = visitor.saved_branches()
    assert found[current].trace.ids == best.ids

    count = len(found)
    page.get_by_role("button", name="Delete").click()
    expect(player.locator(".tz-branch")).to_have_count(count - 1)
    page.get_by_role("button", name="Undo").click()
    expect(player.locator(".tz-branch")).to_have_count(count)
    visitor.strip.locator(f"[data-step='{STEP}']").click()
    before, shown = visitor.saved_branches(), shares(visitor)

    visitor.followed()
    page.reload()
    expect(player.locator(".tz-branch")).to_have_count(count)
    assert visitor.saved_branches() == before
    assert shares(visitor) == shown, "the step and the knobs"
    assert page.locator("#prompt textarea").input_value() == PROMPT
    visitor.tab(1)
    expect(page.locator(".tz-beam-said")).to_contain_text(f"Step {TOKENS} of {TOKENS}")
