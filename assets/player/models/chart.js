/* The difference of two models' surprisal of a text, in bits, under the tokens: a bar goes up where the first one's is
 * higher, down where the second one's is. Leaves out: the places of the columns (rows.js). */

import { Twin } from "../core/data_table.js";
import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";

/** @import { Head } from "../core/data_table.js" */

const BITS_PX = 24;
const MOST_PX = 72;
const LABEL = 18;
const GAP = 4;
const LEAST_SAID = 0.05;

export class DifferenceChart {
  /** `picture` has words and sides. */
  constructor(picture) {
    this.picture = picture;
    this.plot = dom.make("div", "tz-duel-plot", { "aria-hidden": "true" });
    this.twin = new Twin(() => this.#table());
  }

  /** Put into the grid of `rows`, below the texts. */
  show(rows, runs, layout) {
    this.rows = rows;
    this.runs = runs.filter(({ bits }) => bits);
    this.plot.style.gridArea = `${this.picture.sides.length + 2} / 2 / auto / ${layout.columns + 2}`;
    this.twin.element.hidden = !this.runs.length;
    this.twin.setName(this.picture.words("models.twin"));
    this.twin.draw();
    if (!this.runs.length) return;
    rows.grid.append(this.plot);
    this.draw();
  }

  draw() {
    if (!this.runs?.length || !this.rows.grid.clientWidth) return;
    const by = this.runs.map(({ bits }) => bits[0] - bits[1]);
    const most = Math.max(...by.map(Math.abs));
    const scale = Math.min(BITS_PX, MOST_PX / most);
    const [above, below] = [Math.max(0, ...by), Math.max(0, ...by.map((bits) => -bits))].map(
      (bits) => bits * scale + LABEL,
    );
    this.plot.style.height = `${above + below}px`;
    const zero = dom.make("span", "tz-models-zero");
    zero.style.top = `${above}px`;
    const start = this.rows.lineAt(0);
    this.plot.replaceChildren(
      zero,
      ...this.runs.flatMap(({ first, last }, at) => {
        const [left, right] = [this.rows.lineAt(first) - start + GAP, this.rows.lineAt(last) - start - GAP];
        return this.#bar(by[at], { left, width: Math.max(2, right - left), zero: above, scale });
      }),
    );
  }

  #bar(bits, { left, width, zero, scale }) {
    const height = Math.abs(bits) * scale;
    const top = bits >= 0 ? zero - height : zero;
    const bar = dom.make("span", `tz-models-bar ${this.#look(bits >= 0 ? 0 : 1)}`);
    Object.assign(bar.style, { left: `${left}px`, width: `${width}px`, top: `${top}px`, height: `${height}px` });
    if (Math.abs(bits) < LEAST_SAID) return [bar];
    const said = dom.make("span", "tz-models-bits", {}, formats.fixed(Math.abs(bits), 1));
    Object.assign(said.style, {
      left: `${left}px`,
      width: `${width}px`,
      top: `${bits >= 0 ? top - LABEL : zero + height + 1}px`,
    });
    return [bar, said];
  }

  /** A row for each run of characters that both models give a probability. */
  #table() {
    const { words, sides } = this.picture;
    const unit = words("unit.bits.name");
    const names = [...sides.map(({ letter }) => letter), words("models.difference")];
    /** @type {Head[]} */
    const heads = [
      [words("models.tokens"), false],
      ...names.map((name) => /** @type {Head} */ ([`${name} (${unit})`, true])),
    ];
    const rows = this.runs.map(({ tokens, bits }) => {
      const numbers = [...bits, bits[0] - bits[1]].map((value) => formats.fixed(value, 2));
      return [dom.make("span", "", {}, ...dom.tokenWords(tokens[0].map(({ token }) => token))), ...numbers];
    });
    return { heads, rows };
  }

  #look(side) {
    return side ? "tz-models-second" : "tz-models-first";
  }

  /** The legend of the two kinds of bars. */
  keys() {
    return this.picture.sides.map(({ letter }, at) => {
      const key = dom.make("i", `tz-models-key ${this.#look(at)}`);
      return dom.make("span", "tz-models-of", {}, key, this.picture.words("models.more_bits", { model: letter }));
    });
  }
}
