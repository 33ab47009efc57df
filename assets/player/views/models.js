/* Two models on one text: each one's own tokens in columns of the same characters, the largest disagreement, the bits per
 * character, and the predictions of both at a chosen place.
 *
 *   new ModelPair(element, {setup, language: "en"}).show({sides: [{model, chat, trace: wire}, …]});
 *
 * Leaves out: which models there are, and the reading itself. */

import { isCount, isFlag, isModel, isText } from "../core/checks.js";
import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";
import { Picture } from "../core/view_base.js";
import { DifferenceChart } from "../models/chart.js";
import * as alignment from "../rows/align.js";
import { Expected } from "../rows/expected.js";
import { DuelRows, sideOf } from "../rows/rows.js";
import { surprisalScale } from "../step/strip.js";
import { countCharacters, Trace } from "../trace/trace.js";
import { register } from "./registry.js";

const LEAST_MARK_BITS = 1;

const isSame = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
const bytesOf = (tokens) => tokens.flatMap(({ token }) => [...token.bytes]);

/** The logprob of tokens if all of them were in the text and have one, else null. */
function priceOf({ trace }, tokens) {
  const isGiven =
    tokens.length > 0 &&
    tokens.every(({ index, token }) => index !== null && !token.special && trace.step(index).given);
  return isGiven ? tokens.reduce((sum, { logprob }) => sum + logprob, 0) : null;
}

/** The shortest runs of columns in which both texts have whole tokens; `bits` are null where they cannot be compared. */
function runsOf(sides, { rows }) {
  const other = new Map(rows[1].points);
  const shared = rows[0].points.filter(([line]) => other.has(line));
  return shared.slice(1).map(([last, to], at) => {
    const [first, from] = shared[at];
    const tokens = [sides[0].tokens.slice(from, to), sides[1].tokens.slice(other.get(first), other.get(last))];
    const bytes = tokens.map(bytesOf);
    const prices = tokens.map((own, side) => priceOf(sides[side], own));
    const isComparable = isSame(...bytes) && !prices.includes(null);
    return { first, last, tokens, bytes: bytes[0], bits: isComparable ? prices.map((nats) => -nats / Math.LN2) : null };
  });
}

/** Sums over comparable runs: bits of each model, characters, bytes. */
function totalsOf(runs) {
  const compared = runs.filter(({ bits }) => bits);
  const sum = (amountOf) => compared.reduce((total, run) => total + amountOf(run), 0);
  return {
    bits: [0, 1].map((side) => sum(({ bits }) => bits[side])),
    characters: sum(({ bytes }) => countCharacters(bytes)),
    bytes: sum(({ bytes }) => bytes.length),
  };
}

/** The run in which the models differ most; null where they hardly differ. */
function mostApart(runs) {
  const by = ({ bits }) => (bits ? Math.abs(bits[0] - bits[1]) : 0);
  const most = runs.reduce((best, run) => (best && by(best) >= by(run) ? best : run), null);
  return most && by(most) >= LEAST_MARK_BITS ? most : null;
}

class ModelPair extends Picture {
  constructor(root, { setup, language }) {
    super(root, { setup, language }, "models");
    this.rows = new DuelRows(this);
    this.chart = new DifferenceChart(this);
    this.expected = new Expected(this);
    this.said = dom.make("p", "tz-models-said", { role: "status" });
    this.legend = dom.make("div", "tz-legend", { "aria-hidden": "true" });
    this.caption = dom.make("p", "tz-soft tz-duel-caption");
    this.figures = dom.make("div", "tz-table tz-duel-figures", { tabindex: "0", role: "group" });
    this.stage = dom.make(
      "div",
      "tz-duel-stage",
      { hidden: "" },
      this.said,
      this.rows.element,
      this.legend,
      this.caption,
      this.chart.twin.element,
      this.figures,
      this.expected.element,
      this.menu.element,
    );
    root.prepend(this.stage);
    new ResizeObserver(() => this.chart.draw()).observe(root);
    this.setLanguage(language);
  }

  draw() {
    const { sides = [] } = this.value ?? {};
    this.details.hide();
    this.stage.hidden = sides.length === 0;
    if (this.stage.hidden) return;
    this.sides = sides.map(({ model, chat, trace }) =>
      sideOf(new Trace(trace), chat ? this.words("models.chat", { model }) : model),
    );
    const layout = alignment.layOut(this.sides.map(({ bytes }) => bytes));
    this.runs = this.sides.length === 2 ? runsOf(this.sides, layout) : [];
    const most = mostApart(this.runs);
    layout.parted.fill(false);
    if (most) layout.parted.fill(true, most.first, most.last);
    this.totals = totalsOf(this.runs);
    this.rows.show(this.sides, layout, new Set());
    this.chart.show(this.rows, this.runs, layout);
    this.rows.reveal(layout.parted.indexOf(true));
    this.#say(most);
    this.#drawFigures(most);
    const place = most ?? this.runs.find(({ bits }) => bits);
    if (place) this.expected.show(place.tokens.map(([token]) => token.index));
    else this.expected.show(this.sides.map(({ trace }) => (trace.length ? 0 : null)));
  }

  /** Nothing stands at the end of a row: the figures are below. */
  endOf() {
    return [];
  }

  #say(most) {
    const { words } = this;
    const { bits, characters } = this.totals;
    const names = this.sides.map(({ letter }) => letter);
    if (!characters) return dom.setText(this.said, this.sides.length < 2 ? "" : words("models.nothing_shared"));
    const [better, worse] = bits[0] <= bits[1] ? [0, 1] : [1, 0];
    const each = (side) => formats.fixed(bits[side] / characters, 2);
    const difference = (bits[worse] - bits[better]) * Math.LN2;
    const blanks = {
      model: names[better],
      other: names[worse],
      bits: each(better),
      other_bits: each(worse),
      times: formats.times(difference),
    };
    const sentences = [words(difference < 5e-7 ? "models.equal" : "models.more", blanks)];
    if (most) {
      const text =
        new TextDecoder().decode(new Uint8Array(most.bytes)).trim() ||
        most.tokens[0].map(({ token }) => token.label).join("");
      const pair = most.bits.map((value) => formats.percent(2 ** -value));
      sentences.push(words("models.most", { text, model: names[0], p: pair[0], other: names[1], q: pair[1] }));
    }
    return dom.setText(this.said, sentences.join("\n").replaceAll(" %", "\u00a0%"));
  }

  #drawFigures(most) {
    const { words } = this;
    const heads = [
      words("models.tokens"),
      words("duel.per_character"),
      words("models.per_byte"),
      words("models.bits"),
      words("models.vocabulary"),
      words("models.goes_on"),
    ];
    const head = dom.make(
      "tr",
      "",
      {},
      ...["", ...heads].map((one, at) => dom.make("th", at % heads.length ? "tz-number" : "", { scope: "col" }, one)),
    );
    const rows = this.sides.map((side, row) => this.#figures(side, row));
    this.figures.setAttribute("aria-label", words("models.figures"));
    this.figures.replaceChildren(
      dom.make("table", "", {}, dom.make("thead", "", {}, head), dom.make("tbody", "", {}, ...rows)),
    );
    const part = most ? [dom.make("span", "tz-duel-part", {}, words("models.part"))] : [];
    this.legend.replaceChildren(...part, ...(this.totals.characters ? this.chart.keys() : []), surprisalScale(this));
    const counted = words("models.caption", { characters: formats.fixed(this.totals.characters, 0) });
    dom.setText(this.caption, `${this.totals.characters ? `${counted}\n` : ""}${words("duel.hint")}`);
  }

  #figures({ letter, trace, tokens }, row) {
    const { bits, characters, bytes } = this.totals;
    const given = tokens.filter(({ index }) => index === null || trace.step(index).given);
    const drawn = tokens.filter(({ index }) => index !== null && !trace.step(index).given);
    const rate = (count) => (count ? formats.fixed(bits[row] / count, 2) : "–");
    const numbers = [
      formats.fixed(given.length, 0),
      rate(characters),
      rate(bytes),
      characters ? formats.fixed(bits[row], 1) : "–",
      formats.fixed(trace.vocabSize, 0),
    ];
    const text = dom.make("td", "tz-models-text");
    text.append(...dom.tokenWords(drawn.map(({ token }) => token)));
    if (!drawn.length) text.append("–");
    return dom.make(
      "tr",
      "",
      {},
      dom.make("th", "tz-label", { scope: "row" }, dom.make("b", "", {}, letter)),
      ...numbers.map((one) => dom.make("td", "tz-number", {}, one)),
      text,
    );
  }

  /** Show the predictions of both models at the chosen token of a row. */
  look(row, index) {
    const run = this.runs.find(({ tokens }) => tokens[row].some((token) => token.index === index));
    const places = this.sides.map((_, side) => (side === row ? index : (run?.tokens[side][0]?.index ?? null)));
    this.expected.show(places);
  }

  savedItems() {
    return [
      { name: "models", elements: [this.said, this.rows.element, this.legend] },
      { name: "figures", elements: [this.figures] },
      { name: "expected", elements: [this.expected.element] },
    ];
  }
}

register("models", ModelPair, {
  run: "#models-run",
  inputs: {
    models_text: isText,
    models_length: isCount,
    model_a: isModel,
    chat_a: isFlag,
    model_b: isModel,
    chat_b: isFlag,
  },
});
