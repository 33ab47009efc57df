/* Controls over the map: the greedy path, sampled continuations, a beam search with a slider for its steps and its gain over
 * greedy, an example of one, and undo. Without a model, only earlier results.
 * Leaves out: the map. */

import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";
import { idsOf } from "../trace/branches.js";
import { beamVerdict } from "./beam_verdict.js";

export class MapBar {
  constructor(map) {
    this.map = map;
    this.buttons = Object.fromEntries(
      ["greedy", "samples", "beams"].map((kind) => [kind, this.#makeButton(() => this.#ask(kind))]),
    );
    this.example = this.#makeButton(() => map.openExample());
    this.undo = this.#makeButton(() => map.branches.undo());
    this.width = this.#makeNumber({ value: "4", min: "1", max: "50", step: "1" });
    this.penalty = this.#makeNumber({ value: "1", min: "-5", max: "5", step: "0.1" });
    this.slider = dom.make("input", "tz-beam-slider", { type: "range", min: "1", step: "1" });
    this.slider.addEventListener("input", () => map.show());
    this.said = dom.make("output", "tz-beam-said");
    const { greedy, samples, beams } = this.buttons;
    this.ask = dom.make("div", "tz-map-ask", {}, greedy, samples, beams, this.width.element, this.penalty.element);
    const buttons = dom.make("div", "tz-map-buttons", {}, this.ask, this.example, this.undo);
    this.verdict = dom.make("p", "tz-map-verdict", { role: "status" });
    this.search = dom.make("div", "tz-map-search", { role: "group" }, this.slider, this.said);
    this.element = dom.make("div", "tz-map-over", {}, buttons, this.search, this.verdict);
  }

  #makeButton(act) {
    const button = dom.make("button", "tz-draw", { type: "button" });
    button.addEventListener("click", act);
    return button;
  }

  #makeNumber(attributes) {
    const input = dom.make("input", "tz-map-number", { type: "number", ...attributes });
    const word = dom.make("span");
    return { input, word, element: dom.make("label", "tz-map-field-label", {}, word, " ", input) };
  }

  /** Go on from the prompt of all branches. */
  #ask(kind) {
    const { player, branches, prompt } = this.map;
    const [{ key: of, wire }] = branches.list;
    const ids = idsOf(wire).slice(0, wire.context.length + prompt);
    const [width, penalty] = [this.width, this.penalty].map(({ input }) => input.valueAsNumber);
    const settings = { width: width || 4, length_penalty: Number.isNaN(penalty) ? 1 : penalty };
    player.ask({ key: branches.newKey(), wire }, { kind, ids, of, ...settings });
  }

  setWords(words) {
    for (const [kind, button] of Object.entries(this.buttons)) dom.setText(button, words(`map.${kind}`));
    dom.setText(this.example, words("map.example"));
    dom.setText(this.undo, words("branches.undo"));
    dom.setText(this.width.word, words("map.width"));
    dom.setText(this.penalty.word, words("map.penalty"));
    this.search.setAttribute("aria-label", words("map.search"));
    this.slider.setAttribute("aria-label", words("map.search_step"));
  }

  /** Count of the search's steps to show; all for a new search. */
  get steps() {
    const { search } = this.map.branches;
    if (search !== this.known) {
      this.known = search;
      this.slider.max = String(search?.steps.length ?? 1);
      this.slider.value = this.slider.max;
    }
    return Number(this.slider.value);
  }

  show(words) {
    const { branches, player } = this.map;
    const { search } = branches;
    this.ask.hidden = !player.canGoOn;
    this.example.hidden = !this.map.openExample;
    const isLeft = !branches.canUndo && document.activeElement === this.undo;
    this.undo.hidden = !branches.canUndo;
    if (isLeft) this.map.keys.focus();
    dom.setText(this.verdict, beamVerdict(branches, words));
    this.search.hidden = !search;
    if (!search) return;
    const count = (fate) => search.steps[this.steps - 1]?.filter((row) => row[4] === fate).length ?? 0;
    const [best] = search.sequences;
    const blanks = {
      step: this.steps,
      steps: search.steps.length,
      kept: count("kept"),
      pruned: count("pruned"),
      finished: count("finished"),
      score: formats.fixed(best.score, 3),
      logprob: formats.fixed(best.logprob, 3),
    };
    const text = words("map.search_said", blanks);
    dom.setText(this.said, text);
    this.slider.setAttribute("aria-valuetext", text);
  }
}
