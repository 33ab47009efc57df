/* The chain rule with its real numbers: the factors up to this step, their product, cumulative logprob and perplexity.
 * Leaves out: the factors in the middle of a long text, which it counts. */

import { term } from "../core/details.js";
import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";

/** @import { Player } from "./player.js" */

const MOST = 7;
const FIRST = 2;

export class Product {
  #factors = [];

  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.name = dom.make("span", "tz-product-name");
    this.rule = dom.make("p", "tz-rule");
    this.line = dom.make("div", "tz-factors-line");
    this.gap = dom.make("span", "tz-factor tz-factor-gap", { "data-operator": "×" });
    this.result = dom.make("span", "tz-result");
    this.stats = dom.make("p", "tz-stats");
    this.logprob = dom.make("span", "tz-number");
    this.perplexity = dom.make("span", "tz-number");
    const result = dom.make("p", "tz-factor", { "data-operator": "=" }, this.result);
    const formula = dom.make("div", "tz-formula", {}, this.name, this.line, result);
    this.element = dom.make("section", "tz-product", {}, this.rule, formula, this.stats);
    for (let at = 0; at < MOST; at += 1) this.#factors.push(this.#makeFactor(at));
    this.#factors[FIRST - 1].element.after(this.gap);
  }

  #makeFactor(at) {
    const number = dom.make("span", "tz-number");
    const token = dom.make("span", "tz-factor-token");
    const element = dom.make("span", "tz-factor", { "data-operator": at === 0 ? "=" : "×" }, number, token);
    this.line.append(element);
    return { element, number, token };
  }

  setWords() {
    const { player } = this;
    this.stats.replaceChildren(
      dom.make("span", "", {}, player.words("product.cumulative"), " ", term(player, "logprob"), " ", this.logprob),
      dom.make("span", "", {}, term(player, "perplexity"), " ", this.perplexity),
    );
  }

  /** Show the product of the steps 0 to `index`. */
  goTo(index) {
    const { trace, words } = this.player;
    const isWhole = index === trace.length - 1;
    dom.setText(this.rule, words(trace.startsFromMark ? "product.rule" : "product.rule_context"));
    dom.setText(this.name, words(isWhole ? "product.text" : "product.so_far"));
    const count = index + 1;
    const skipped = Math.max(0, count - MOST);
    this.gap.hidden = skipped === 0;
    if (skipped > 0) dom.setText(this.gap, `⋯ ${words("product.more", { count: formats.fixed(skipped, 0) })}`);
    this.#factors.forEach((factor, at) => {
      const step = at < FIRST ? at : at + skipped;
      factor.element.hidden = step >= count;
      if (step >= count) return;
      const { chosen } = trace.step(step);
      dom.setText(factor.number, formats.percent(chosen.probability));
      dom.drawToken(factor.token, chosen.token);
      factor.element.classList.toggle("tz-factor-current", step === index);
    });
    dom.setText(this.result, formats.product(trace.cumulative[index]));
    dom.setText(this.logprob, words("unit.nats", { value: formats.fixed(trace.cumulative[index], 2) }));
    dom.setText(this.perplexity, formats.perplexity(trace.perplexity(index)));
  }
}
