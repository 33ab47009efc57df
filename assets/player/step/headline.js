/* The step in one line: the token, its probability, rank and surprisal, and the model's entropy.
 * Leaves out: the alternatives, which are the bars. */

import { term } from "../core/details.js";
import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";

const SPEAK_MS = 250;

export class Headline {
  #timer = 0;

  constructor(player) {
    this.player = player;
    const part = (name) => dom.make("span", name);
    this.count = part("tz-count");
    this.token = part("tz-head-token");
    this.percent = part("tz-head-percent");
    this.rank = part("tz-number");
    this.bits = part("tz-number");
    this.entropy = part("tz-number");
    this.unsure = part("tz-unsure");
    this.facts = part("tz-facts");
    this.element = dom.make("div", "tz-headline", {}, this.count, this.token, this.percent, this.facts);
    this.live = dom.make("p", "tz-spoken", { "aria-live": "polite" });
  }

  setWords() {
    const { player } = this;
    const fact = (...parts) => dom.make("span", "tz-fact", {}, ...parts);
    this.facts.replaceChildren(
      fact(term(player, "rank"), " ", this.rank),
      fact(term(player, "surprisal"), " ", this.bits),
      fact(term(player, "entropy"), " ", this.entropy, this.unsure),
    );
  }

  goTo(index) {
    const { words, trace } = this.player;
    const { chosen, entropy } = trace.step(index);
    const bits = (nats) => words("unit.bits", { value: formats.bits(nats) });
    const blanks = { step: formats.fixed(index + 1, 0), steps: formats.fixed(trace.length, 0) };
    const shown = {
      percent: formats.percent(chosen.probability),
      rank: formats.rank(chosen.rank),
      bits: bits(trace.surprisalBits(index) * Math.LN2),
    };
    dom.setText(this.count, words("head.step", blanks));
    dom.drawToken(this.token, chosen.token);
    for (const [name, text] of Object.entries(shown)) dom.setText(this[name], text);
    dom.setText(this.entropy, entropy === null ? "–" : bits(entropy));
    dom.setText(this.unsure, entropy === null ? "" : words("head.unsure", { odds: formats.odds(entropy) }));
    this.#speak(words("head.spoken", { ...blanks, ...shown, token: chosen.token.label }));
  }

  /** Said once the steps have come to rest. */
  #speak(sentence) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => dom.setText(this.live, sentence), SPEAK_MS);
  }
}
