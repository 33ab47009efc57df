/* The sampler's settings, in the order in which they apply, and their effect on the step shown, and on every other.
 * No server is needed: the trace carries enough data (sampler.js). Until one is moved, the bars are the raw
 * model's. Leaves out: the bars, and drawing from them (draws.js). */

import { term } from "../core/details.js";
import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";

/** @import { Player } from "../step/player.js" */

const plain = (digits) => (value) => formats.fixed(value, digits);

/** In the order of transformers. The slider runs from `min` to `max`; `off` is the value that changes nothing. */
const KNOBS = {
  repetition_penalty: { min: 0.5, max: 2, step: 0.05, off: 1, show: plain(2) },
  temperature: { min: 0, max: 2, step: 0.05, off: 1, show: plain(2) },
  top_k: { min: 1, max: 101, step: 1, off: 0, show: plain(0), end: 101 },
  top_p: { min: 0, max: 1, step: 0.01, off: 1, show: plain(2) },
  min_p: { min: 0, max: 1, step: 0.01, off: 0, show: plain(2) },
};
const OFF = Object.fromEntries(Object.entries(KNOBS).map(([name, { off }]) => [name, off]));

export class Knobs {
  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.values = { ...OFF };
    this.parts = {};
    this.row = dom.make("div", "tz-pipeline");
    this.reset = dom.make("button", "tz-more", { type: "button" });
    this.reset.addEventListener("click", () => this.set(OFF));
    this.drawn = dom.make("button", "tz-more", { type: "button" });
    this.drawn.addEventListener("click", () => this.set(this.player.trace.wire.sampling));
    this.missing = dom.make("p", "tz-caption");
    this.element = dom.make("section", "tz-knobs", { role: "group" }, this.row);
    this.element.append(dom.make("div", "tz-under", {}, this.missing, this.drawn, this.reset));
  }

  setWords() {
    const { player } = this;
    this.element.setAttribute("aria-label", player.words("knobs.label"));
    const steps = Object.entries(KNOBS).map(([name, knob]) => this.#makeKnob(name, knob));
    const ends = ["knobs.model", "knobs.draw"].map((key) => dom.make("span", "tz-pipe-end", {}, player.words(key)));
    this.row.replaceChildren(ends[0], ...steps, ends[1]);
    dom.setText(this.reset, player.words("knobs.reset"));
    dom.setText(this.drawn, player.words("knobs.drawn"));
    dom.setText(this.missing, player.words("knobs.missing"));
    this.#show();
  }

  #makeKnob(name, { min, max, step }) {
    const value = dom.make("output", "tz-knob-value");
    const slider = dom.make("input", "tz-knob-slider", { type: "range", min, max, step });
    slider.setAttribute("aria-label", this.player.words(`term.${name}`));
    slider.addEventListener("input", () => this.set({ [name]: this.#read(name, Number(slider.value)) }));
    this.parts[name] = { value, slider };
    const head = dom.make("span", "tz-knob-head", {}, term(this.player, name), " ", value);
    this.parts[name].element = dom.make("span", "tz-knob", {}, head, slider);
    return this.parts[name].element;
  }

  #read(name, position) {
    return position === KNOBS[name].end ? KNOBS[name].off : position;
  }

  /** Change some settings. Those of a trace may include some without a knob. */
  set(values) {
    for (const name of Object.keys(KNOBS)) if (name in values) this.values[name] = values[name];
    this.#show();
    const { player } = this;
    if (!player.trace?.length) return;
    player.redrawStep();
    player.draws.clear();
    player.root.dispatchEvent(new CustomEvent("tsuzuki:knobs", { detail: { ...this.values }, bubbles: true }));
  }

  get isOff() {
    return Object.keys(KNOBS).every((name) => this.values[name] === OFF[name]);
  }

  #show() {
    const { words, trace } = this.player;
    for (const [name, { off, show, end }] of Object.entries(KNOBS)) {
      const { value, slider, element } = this.parts[name];
      const isOff = this.values[name] === off;
      const text = isOff && name !== "temperature" ? words("knobs.off") : show(this.values[name]);
      slider.value = String(isOff && end ? end : this.values[name]);
      slider.setAttribute("aria-valuetext", text);
      dom.setText(value, text);
      element.classList.toggle("tz-knob-on", !isOff);
    }
    const sampling = trace?.wire.sampling;
    const isAsDrawn = sampling && Object.keys(KNOBS).every((name) => this.values[name] === sampling[name]);
    this.drawn.hidden = !sampling || sampling.temperature === 0 || isAsDrawn;
    this.reset.hidden = this.isOff;
  }

  /** What the sampler makes of a step, or null for the raw model's own probabilities. */
  shaped(index) {
    return this.isOff ? null : this.player.trace.shaped(index, this.values);
  }

  goTo(index) {
    const isKnown = Boolean(this.player.trace.wire.steps[index].tail);
    this.missing.hidden = isKnown;
    for (const { slider } of Object.values(this.parts)) slider.disabled = !isKnown;
    this.#show();
  }
}
