/* The duel: a verdict on scored texts in words, the texts side by side, where they part, how the log-ratio builds up, and
 * their figures.
 *
 *   new Duel(element, {setup, language: "en"}).show({traces: [wire, …], letters: ["A", …]});
 *
 * One text alone shows its factors. A token that is chosen opens its text in a player. Leaves out: the sentences
 * (verdict.js), and the scoring. */

import { isText, isTextList } from "../core/checks.js";
import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";
import { Picture } from "../core/view_base.js";
import { DuelChart } from "../duel/chart.js";
import { DuelFigures } from "../duel/figures.js";
import { EQUAL_NATS, verdict } from "../duel/verdict.js";
import * as alignment from "../rows/align.js";
import { DuelRows, sideOf } from "../rows/rows.js";
import { Player } from "../step/player.js";
import { surprisalScale } from "../step/strip.js";
import { Trace } from "../trace/trace.js";
import { register } from "./registry.js";

export class Duel extends Picture {
  /** @type {Player | null} */
  player = null;
  /** The letter and the trace of the text in the player. */
  looked = null;
  shown = null;

  constructor(root, { setup, language }) {
    super(root, { setup, language }, "duel");
    this.rows = new DuelRows(this);
    this.chart = new DuelChart(this);
    this.figures = new DuelFigures(this);
    this.said = dom.make("p", "tz-duel-said", { role: "status" });
    this.message = dom.make("p", "tz-message");
    this.legend = dom.make("div", "tz-legend", { "aria-hidden": "true" });
    this.caption = dom.make("p", "tz-soft tz-duel-caption");
    this.stage = dom.make(
      "div",
      "tz-duel-stage",
      {},
      this.rows.element,
      this.legend,
      this.caption,
      this.figures.element,
      this.figures.twin,
      this.menu.element,
    );
    this.name = dom.make("h3", "tz-duel-name");
    this.inside = dom.make("div", "tz-duel-player");
    this.one = dom.make("section", "tz-duel-one", { hidden: "" }, this.name, this.inside);
    root.prepend(this.said, this.message, this.stage, this.one);
    new ResizeObserver(() => this.chart.draw()).observe(root);
    this.setLanguage(language);
  }

  setLanguage(language) {
    super.setLanguage(language);
    this.player?.setLanguage(language);
    if (this.looked) this.#nameOne();
  }

  /** `value` is {traces, letters}, or null. */
  show(value) {
    this.looked = null;
    this.one.hidden = true;
    super.show(value);
  }

  draw() {
    const { traces = [], letters = [] } = this.value ?? {};
    this.details.hide();
    this.message.hidden = traces.length > 0;
    dom.setText(this.message, this.words("duel.empty"));
    this.sides = traces.map((wire, at) => sideOf(new Trace(wire), letters[at]));
    const scored = this.sides.map(({ trace }) => trace);
    dom.setText(this.said, verdict(scored, this.words));
    this.stage.hidden = traces.length < 2 || this.sides.every(({ tokens }) => tokens.length === 0);
    if (traces.length === 1) this.#showOne(0);
    if (this.stage.hidden) return;
    const totals = this.sides.map(({ total }) => total ?? -Infinity);
    const reference = totals.indexOf(Math.max(...totals));
    const won = totals.flatMap((total, at) => (totals[reference] - total < EQUAL_NATS ? [at] : []));
    const first = new Set(won.length === totals.length ? [] : won);
    const texts = this.sides.map(({ bytes }) => bytes);
    const layout = alignment.layOut(texts, alignment.middleOf(texts, [reference, ...texts.keys()]));
    this.rows.show(this.sides, layout, first);
    this.chart.show(this.rows, this.sides, layout, reference);
    this.figures.show(this.sides, layout, first, reference);
    this.rows.reveal(layout.parted.indexOf(true));
    this.#drawLegend(layout.parted.includes(true));
    const caption = this.chart.lines.length
      ? [this.words("duel.caption", { letter: this.sides[reference].letter })]
      : [];
    dom.setText(this.caption, [...caption, this.#convention(), this.words("duel.hint")].join("\n"));
  }

  /** Whether the first token of a text counts. */
  #convention() {
    const { trace } = this.sides[0];
    return trace.startsFromMark ? this.words("duel.bos", { token: trace.context[0].label }) : this.words("duel.no_bos");
  }

  /** The end of a row: the total, and the mark of the most probable. */
  endOf({ total }, _, isFirst) {
    const said = dom.make("span", "tz-duel-total", {}, total === null ? "–" : `= ${formats.product(total)}`);
    return isFirst ? [said, dom.make("span", "tz-duel-won", {}, `◂ ${this.words("duel.most")}`)] : [said];
  }

  #drawLegend(isParted) {
    const part = isParted ? [dom.make("span", "tz-duel-part", {}, this.words("duel.part"))] : [];
    this.legend.replaceChildren(...part, surprisalScale(this));
  }

  /** Show the text of a row in the player, at the step of the chosen token. */
  look(row, index) {
    this.#showOne(row);
    this.player.goTo(index);
    this.one.scrollIntoView({ block: "nearest" });
  }

  #showOne(row) {
    const { setup, language, sides } = this;
    this.one.hidden = false;
    this.player ??= new Player(this.inside, { setup, language, view: "score" });
    if (this.looked === sides[row].letter && this.shown === sides[row].trace.wire) return;
    [this.looked, this.shown] = [sides[row].letter, sides[row].trace.wire];
    this.player.show(this.shown);
    this.#nameOne();
  }

  #nameOne() {
    this.name.hidden = this.sides.length < 2;
    dom.setText(this.name, this.words("duel.inside", { letter: this.looked }));
  }

  savedItems() {
    return [
      { name: "duel", elements: [this.rows.element, this.legend] },
      { name: "figures", elements: [this.figures.element] },
    ];
  }
}

register("duel", Duel, { run: "#score", inputs: { duel_texts: isTextList }, others: { table_texts: isText } });
