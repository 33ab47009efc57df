/* Sample again: draw from the distribution that the bars show, once or many times, and count.
 * Leaves out: the distribution, which is the bars', and continuing with what was drawn. */

import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";

/** @import { Player } from "../step/player.js" */

const TIMES = [1, 100, 10000];

export class Draws {
  /** rank -> how often; "others" for all tokens without a bar. */
  counts = new Map();

  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.total = 0;
    this.label = dom.make("span");
    this.buttons = TIMES.map((times) => {
      const button = dom.make("button", "tz-draw", { type: "button" });
      button.addEventListener("click", () => this.draw(times));
      return button;
    });
    this.result = dom.make("span", "tz-draw-result", { role: "status" });
    this.element = dom.make("div", "tz-draws", { role: "group" }, this.label, ...this.buttons, this.result);
  }

  setWords() {
    const { words } = this.player;
    dom.setText(this.label, `↻ ${words("draws.label")}`);
    this.element.setAttribute("aria-label", words("draws.label"));
    this.buttons.forEach((button, at) => {
      const count = formats.fixed(TIMES[at], 0);
      dom.setText(button, `× ${count}`);
      button.setAttribute("aria-label", words("draws.times", { count }));
    });
    this.#say();
  }

  goTo() {
    this.clear();
  }

  clear() {
    if (this.total === 0) return;
    this.counts.clear();
    this.total = 0;
    this.#show();
  }

  /** Many independent draws; each adds to the counts. */
  draw(times) {
    const { parts } = this.player.bars;
    const bounds = [];
    let sum = 0;
    for (const { probability } of parts) bounds.push((sum += probability));
    for (let time = 0; time < times; time += 1) {
      const point = Math.random() * sum;
      let [low, high] = [0, parts.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (bounds[middle] > point) high = middle;
        else low = middle + 1;
      }
      const { key } = parts[low];
      this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
      this.last = key;
    }
    this.total += times;
    this.#show();
  }

  #show() {
    this.player.bars.showDraws(this);
    this.#say();
  }

  #say() {
    const { words, bars } = this.player;
    if (this.total === 0) return dom.setText(this.result, "");
    if (this.total > 1) return dom.setText(this.result, words("draws.total", { count: formats.fixed(this.total, 0) }));
    const token = bars.labelOf(this.last) ?? words("draws.other");
    return dom.setText(this.result, words("draws.one", { token }));
  }
}
