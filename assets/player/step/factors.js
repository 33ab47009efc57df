/* A scored text as a table: each token with its probability, surprisal and rank, and the product of all.
 * Leaves out: the alternatives, which are the bars of the row that is current. */

import { term } from "../core/details.js";
import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";

/** @import { Player } from "./player.js" */

export class Factors {
  #rows = [];
  #current = null;

  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.head = dom.make("tr");
    this.body = dom.make("tbody");
    this.name = dom.make("span", "tz-product-name");
    this.result = dom.make("span", "tz-result");
    this.stats = dom.make("p", "tz-stats");
    this.scroller = dom.make("div", "tz-table", { tabindex: "0", role: "group" });
    this.scroller.append(dom.make("table", "", {}, dom.make("thead", "", {}, this.head), this.body));
    const total = dom.make("p", "tz-result-line", {}, this.name, dom.make("span", "tz-equals", {}, "="), this.result);
    this.rule = dom.make("p", "tz-rule");
    this.element = dom.make("section", "tz-product", {}, total, this.stats, this.rule, this.scroller);
    this.body.addEventListener("click", (event) => {
      const row = dom.targetOf(event)?.closest("tr");
      if (row) player.goTo(Number(row.dataset.step));
    });
  }

  setWords() {
    const { player } = this;
    const units = { surprisal: ` (${player.words("unit.bits.name")})` };
    const column = (name) =>
      dom.make("th", name === "token" ? "" : "tz-number", { scope: "col" }, term(player, name), units[name] ?? "");
    this.head.replaceChildren(...["token", "probability", "surprisal", "rank"].map(column));
    this.scroller.setAttribute("aria-label", player.words("strip.label"));
  }

  show(trace) {
    const { player } = this;
    const { words } = player;
    const last = trace.length - 1;
    dom.setText(this.name, words("product.text"));
    dom.setText(this.rule, words(trace.startsFromMark ? "product.rule" : "product.rule_context"));
    dom.setText(this.result, last < 0 ? "–" : formats.product(trace.cumulative[last]));
    const nats = last < 0 ? "–" : words("unit.nats", { value: formats.fixed(trace.cumulative[last], 2) });
    this.stats.replaceChildren(
      dom.make("span", "", {}, term(player, "logprob"), " ", dom.make("span", "tz-number", {}, nats)),
      dom.make(
        "span",
        "",
        {},
        term(player, "perplexity"),
        " ",
        dom.make("span", "tz-number", {}, formats.perplexity(trace.perplexity(last))),
      ),
    );
    this.#rows = Array.from({ length: trace.length }, (_, index) => this.#makeRow(trace, index));
    this.#current = null;
    this.body.replaceChildren(...this.#rows);
  }

  #makeRow(trace, index) {
    const { chosen } = trace.step(index);
    const label = dom.make("th", "tz-label", { scope: "row" });
    dom.drawToken(label, chosen.token);
    const numbers = [
      formats.percent(chosen.probability),
      formats.fixed(trace.surprisalBits(index), 2),
      formats.rank(chosen.rank),
    ].map((text) => dom.make("td", "tz-number", {}, text));
    return dom.make("tr", "", { "data-step": index }, label, ...numbers);
  }

  goTo(index) {
    const row = this.#rows[index];
    const { scroller } = this;
    const [top, bottom] = [row.offsetTop, row.offsetTop + row.offsetHeight];
    if (top < scroller.scrollTop || bottom > scroller.scrollTop + scroller.clientHeight) {
      scroller.scrollTop = top - scroller.clientHeight / 3;
    }
    this.#current?.classList.remove("tz-current");
    row.classList.add("tz-current");
    this.#current = row;
  }
}
