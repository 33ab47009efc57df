"""A trace that grows, events, and several players on one page."""

from __future__ import annotations

from model_utils.trace.wire import to_wire
from tests.viz.fakes import ENGLISH_TRACE, JAPANESE_TRACE, NO_STEPS, text_trace

SHOW = """(wires) => {
    const {setup} = JSON.parse(document.getElementById('tsuzuki-data').textContent);
    const root = document.createElement('div');
    document.body.append(root);
    const player = window.grown = new Tsuzuki[`player/step/player`].Player(root, {setup});
    return wires.map(([wire, follow]) => { player.show(wire, {follow}); return player.index; });
}"""


def test_a_growing_trace_is_followed_until_the_reader_looks_elsewhere(open_trace):
    page = open_trace(NO_STEPS).page
    grown = [
        text_trace(["a", "b", "c", "d", "e"][:length], prompt=2, ends=False, candidates=5) for length in range(1, 6)
    ]
    wires = [[to_wire(trace), True] for trace in grown]
    assert page.evaluate(SHOW, [[None, True], *wires]) == [-1, 0, 1, 2, 3, 4]
    page.evaluate("grown.goTo(1)")
    other = text_trace(["x", "y"], prompt=1, ends=False)
    assert page.evaluate("wire => { grown.show(wire, {follow: true}); return grown.index }", wires[-1][0]) == 1
    assert page.evaluate("wire => { grown.show(wire); return grown.index }", to_wire(other)) == 1
    assert page.evaluate("grown.root.querySelectorAll('.tz-token[data-step]').length") == 2


def test_events_tell_the_step_and_two_players_keep_apart(open_trace):
    page = open_trace(JAPANESE_TRACE).page
    page.evaluate(SHOW, [[to_wire(ENGLISH_TRACE), False]])
    page.evaluate("""() => {
        window.heard = [];
        const hear = ({target, detail}) => heard.push([target === grown.root, detail.index]);
        document.addEventListener('tsuzuki:step', hear);
    }""")
    page.keyboard.press("ArrowRight")
    page.locator(".tsuzuki >> nth=1").locator(".tz-token[data-step='8']").click()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("heard") == [[False, 5], [True, 8], [True, 9]]
