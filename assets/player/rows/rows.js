/* Texts as rows of tokens in columns: each token with its factor, coloured by surprisal; where texts part
 * stands a bracket. Leaves out: the alignment (align.js), and the chart that stands on the same columns (chart.js). */

import { candidateDetails, contextDetails } from "../core/details.js";
import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";
import { paint } from "../step/strip.js";
import "./rows.css";

/** @import { Layout } from "./align.js" */
/** @import { Token, Trace } from "../trace/trace.js" */

/** @typedef {{token: Token, index: number | null, logprob: number}} Priced `index` is that of its step, null in the context */

/**
 * The data of a text in a duel.
 *
 * @typedef {object} Side
 * @property {string} letter
 * @property {Trace} trace
 * @property {Priced[]} tokens
 * @property {number[]} sums the logprob before each token, and behind the last one
 * @property {number | null} total null where no token has a logprob
 * @property {Uint8Array[]} bytes of each token
 */

/**
 * @param {Trace} trace
 * @param {string} letter
 * @returns {Side}
 */
export function sideOf(trace, letter) {
  const context = trace.context.filter((token) => !token.special).map((token) => ({ token, index: null, logprob: 0 }));
  const priced = Array.from({ length: trace.length }, (_, index) => {
    const { token, logprob } = trace.step(index).chosen;
    return { token, index, logprob };
  });
  const tokens = [...context, ...priced];
  const sums = [0];
  for (const { logprob } of tokens) sums.push(sums.at(-1) + logprob);
  return {
    letter,
    trace,
    tokens,
    sums,
    total: trace.length ? sums.at(-1) : null,
    bytes: tokens.map(({ token }) => token.bytes),
  };
}

export class DuelRows {
  /** `duel` has words, details, setup, endOf(side, row, isFirst), and look(row, index), called when a token is chosen. */
  constructor(duel) {
    this.duel = duel;
    this.grid = dom.make("div", "tz-duel-grid", { role: "group" });
    this.element = dom.make("div", "tz-duel-scroll", { tabindex: "0", role: "group" }, this.grid);
  }

  /**
   * Show the sides in columns; `first` are the rows that won.
   *
   * @param {Side[]} sides
   * @param {Layout} layout
   * @param {Set<number>} first
   */
  show(sides, layout, first) {
    const { words } = this.duel;
    this.grid.setAttribute("aria-label", words("duel.label"));
    this.element.setAttribute("aria-label", words("duel.label"));
    this.grid.style.gridTemplateColumns = `auto repeat(${layout.columns}, auto) minmax(max-content, 1fr)`;
    this.markers = Array.from({ length: layout.columns }, (_, column) =>
      this.#place(dom.make("i", "tz-duel-marker"), 1, column),
    );
    const rows = sides.flatMap((side, row) => this.#row(side, row, layout, first.has(row)));
    this.grid.replaceChildren(
      ...this.markers,
      ...this.#brackets(layout.parted),
      ...this.#corners(layout.columns),
      ...rows,
    );
  }

  /** Bring a column into view where the texts are too long for the box. */
  reveal(column) {
    const { clientWidth } = this.element;
    const place = column < 0 ? 0 : this.lineAt(column);
    this.element.scrollLeft = place > clientWidth * 0.7 ? place - clientWidth / 2 : 0;
  }

  /** Where line `line` stands, in pixels from the left of the grid; the last line is the right end of the texts. */
  lineAt(line) {
    const marker = this.markers[Math.min(line, this.markers.length - 1)];
    return marker.offsetLeft + (line === this.markers.length ? marker.offsetWidth : 0);
  }

  #place(element, row, first, last = first + 1) {
    element.style.gridArea = `${row} / ${first + 2} / auto / ${last + 2}`;
    return element;
  }

  #brackets(parted) {
    const found = [];
    for (let first = 0; first < parted.length; first += 1) {
      let last = first;
      while (parted[last]) last += 1;
      if (last === first) continue;
      const mark = dom.make("span", "tz-duel-run", {}, "≠");
      found.push(this.#place(dom.make("span", "tz-duel-bracket", { "aria-hidden": "true" }, mark), 1, first, last));
      first = last;
    }
    return found;
  }

  /** They hide the brackets that scroll under the letters and the totals. */
  #corners(columns) {
    return [1, columns + 2].map((column) => {
      const corner = dom.make("i", "tz-duel-corner");
      corner.style.gridArea = `1 / ${column}`;
      return corner;
    });
  }

  #row(side, row, layout, isFirst) {
    const place = row + 2;
    const letter = dom.make("span", "tz-duel-letter", { title: side.letter }, side.letter);
    const head = dom.make("div", isFirst ? "tz-duel-head tz-duel-first" : "tz-duel-head", {}, letter);
    head.style.gridArea = `${place} / 1`;
    const cells = layout.rows[row].cells.map((cell) =>
      this.#place(this.#cell(side, row, cell), place, cell.first, cell.last),
    );
    const end = dom.make(
      "div",
      isFirst ? "tz-duel-end tz-duel-first" : "tz-duel-end",
      {},
      ...this.duel.endOf(side, row, isFirst),
    );
    end.style.gridArea = `${place} / ${layout.columns + 2}`;
    return [head, ...cells, end];
  }

  #cell(side, row, { from, to, agrees }) {
    const cell = dom.make("div", agrees ? "tz-duel-cell" : "tz-duel-cell tz-duel-parted");
    if (from === to && !agrees)
      cell.append(dom.make("span", "tz-duel-gap", { title: this.duel.words("duel.nothing") }, "∅"));
    const tokens = side.tokens.slice(from, to).map((one) => this.#token(side, row, one));
    cell.append(dom.make("div", "tz-duel-run", {}, ...tokens));
    return cell;
  }

  #token(side, row, { token, index, logprob }) {
    const { duel } = this;
    const isPriced = index !== null;
    const word = dom.make("span", "tz-duel-word");
    dom.drawToken(word, token);
    const factor = dom.make("span", "tz-duel-factor", {}, isPriced ? formats.product(logprob) : "–");
    const button = dom.make(
      "button",
      isPriced ? "tz-duel-token" : "tz-duel-token tz-duel-context",
      { type: "button" },
      word,
      factor,
    );
    if (!isPriced) {
      duel.details.attach(button, () => contextDetails(duel.words, token));
      return button;
    }
    const bits = Math.min(duel.setup.surprisal_colours - 1, Math.floor(side.trace.surprisalBits(index)));
    paint(button, bits);
    const { trace } = side;
    duel.details.attach(button, () =>
      candidateDetails(duel.words, trace.step(index).chosen, trace.characterAround(index)),
    );
    button.addEventListener("click", () => duel.look(row, index));
    return button;
  }
}
