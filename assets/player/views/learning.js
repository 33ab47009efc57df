/* One text at the checkpoints of a model's training: a slider over the checkpoints, the text's tokens, the prediction
 * of one of them, and the curve of the training with this text's own bits beside it.
 *
 *   new Learning(element, {setup, language}).show({model, curve: [[tokens, nats], …], points: [{name, step, tokens, trace}, …]});
 *
 * The curve comes styled from viz/figures/learning.py and gets its numbers here. Leaves out: reading the text. */

import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";
import { Picture } from "../core/view_base.js";
import * as paper from "../frame/paper.js";
import * as alignment from "../rows/align.js";
import { Expected } from "../rows/expected.js";
import { DuelRows, sideOf } from "../rows/rows.js";
import { surprisalScale } from "../step/strip.js";
import { whenPlotly } from "../core/plotly.js";
import { countCharacters, Trace } from "../trace/trace.js";
import { register } from "./registry.js";

const CONFIG = { staticPlot: true, displayModeBar: false, responsive: false };
const LEAST_TICK_PX = 44;
const PRINT_PX = 640;

class Learning extends Picture {
  /** The step of the text whose bars are shown. */
  #place = null;

  constructor(root, { setup, language }) {
    super(root, { setup, language }, "learning");
    this.at = 0;
    this.rows = new DuelRows(this);
    this.expected = new Expected(this);
    this.slider = dom.make("input", "tz-slider", { type: "range", min: "0", step: "1" });
    this.slider.addEventListener("input", () => this.goTo(Number(this.slider.value)));
    this.said = dom.make("p", "tz-learning-said", { role: "status" });
    this.legend = dom.make("div", "tz-legend", { "aria-hidden": "true" });
    this.title = dom.make("h3", "tz-title");
    this.plot = dom.make("div", "tz-plot", { "aria-hidden": "true" });
    this.table = dom.make("table", "tz-spoken");
    // A table cannot be smaller than its content or clip its caption: the element around it can.
    this.twin = dom.make("div", "tz-spoken", {}, this.table);
    this.ticks = dom.make("div", "tz-learning-ticks", { "aria-hidden": "true" });
    const scale = dom.make("div", "tz-learning-scale", {}, this.slider, this.ticks);
    const curve = dom.make("figure", "tz-figure", {}, this.title, this.plot, this.twin);
    const below = dom.make("div", "tz-learning-below", {}, this.expected.element, curve);
    this.stage = dom.make(
      "div",
      "tz-learning-stage",
      { hidden: "" },
      this.said,
      scale,
      this.rows.element,
      this.legend,
      below,
      this.menu.element,
    );
    root.prepend(this.stage);
    new ResizeObserver(() => this.#drawCurve()).observe(this.plot);
    dom.watchTheme(root, () => this.#drawCurve());
    paper.on(
      root,
      () => this.#drawCurve(PRINT_PX),
      () => this.#drawCurve(),
    );
    this.setLanguage(language);
  }

  /** Begin with the last checkpoint, the finished model. */
  show(value) {
    this.all = value?.points.map(({ name, trace }) => sideOf(new Trace(trace), name));
    if (value) {
      this.#place = this.#mostLearned();
      this.at = value.points.length - 1;
    }
    super.show(value);
  }

  draw() {
    this.slider.setAttribute("aria-label", this.words("learning.slider"));
    this.stage.hidden = !this.value;
    if (!this.value) return;
    const { points } = this.value;
    this.ticks.replaceChildren(...points.map(({ step }) => dom.make("span", "", {}, formats.fixed(step, 0))));
    this.slider.max = String(points.length - 1);
    this.legend.replaceChildren(surprisalScale(this));
    this.goTo(this.at);
  }

  /** The step whose probability has grown most from the first checkpoint to the last; null for a text of none. */
  #mostLearned() {
    const [before, after] = [this.all[0].trace, this.all.at(-1).trace];
    const gains = after.cumulative.map((_, at) => after.step(at).chosen.logprob - before.step(at).chosen.logprob);
    return gains.length ? gains.indexOf(Math.max(...gains)) : null;
  }

  goTo(at) {
    this.at = at;
    const side = this.all[at];
    this.sides = [side];
    this.slider.value = String(at);
    this.details.hide();
    this.rows.show(this.sides, alignment.layOut([side.bytes]), new Set());
    this.expected.show([this.#place]);
    const { step, tokens } = this.value.points[at];
    const text = this.words("learning.said", { step: formats.fixed(step, 0), tokens: formats.fixed(tokens, 0) });
    dom.setText(this.said, text);
    this.slider.setAttribute("aria-valuetext", text);
    this.#drawCurve();
  }

  /** Which checkpoint this is, for the names of files. */
  get place() {
    return this.value.points[this.at].step;
  }

  endOf({ total, tokens }) {
    const characters = countCharacters(
      tokens.filter(({ index, token }) => index !== null && !token.special).flatMap(({ token }) => [...token.bytes]),
    );
    if (!characters) return [];
    return [
      dom.make("span", "tz-duel-total", {}, formats.fixed(-total / Math.LN2 / characters, 2)),
      dom.make("span", "tz-soft", {}, this.words("duel.per_character")),
    ];
  }

  look(_, index) {
    this.#place = index;
    this.expected.show([index]);
  }

  #bitsPerToken({ total, trace }) {
    return trace.length ? -total / Math.LN2 / trace.length : null;
  }

  #drawCurve(width = 0) {
    if (!this.value) return;
    const { setup, language } = this;
    const { data, layout } = structuredClone((setup.learning[language] ?? setup.learning.en)[dom.themeOf(this.root)]);
    const { curve, points } = this.value;
    const bits = this.all.map((side) => this.#bitsPerToken(side));
    dom.setText(this.title, layout.meta.title);
    this.#drawTwin(bits);
    if (!this.plot.clientWidth) return;
    if (!window.Plotly) return whenPlotly(() => this.#drawCurve());
    // log(0) has no place on the axis: the untrained model stands at a quarter of the first checkpoint's tokens.
    const first = points.find(({ tokens }) => tokens > 0)?.tokens ?? 1;
    const place = (tokens) => Math.max(tokens, first / 4);
    [data[0].x, data[0].y] = [curve.map(([tokens]) => place(tokens)), curve.map(([, nats]) => nats / Math.LN2)];
    [data[1].x, data[1].y] = [points.map(({ tokens }) => place(tokens)), bits];
    data[1].marker.size = points.map((_, at) => (at === this.at ? layout.meta.sizes.here : layout.meta.sizes.other));
    layout.xaxis.tickvals = data[1].x;
    layout.width = width || this.plot.clientWidth;
    layout.xaxis.tickangle = 0;
    layout.xaxis.ticktext = this.#ticks(data[1].x, layout);
    window.Plotly.react(this.plot, data, layout, CONFIG);
  }

  /** Tokens read at each checkpoint, named only where the logarithmic axis has room. */
  #ticks(places, { width, margin }) {
    const { points } = this.value;
    const perDecade = (width - margin.l - margin.r) / Math.max(1, Math.log10(places.at(-1) / places[0]));
    const isRoom = (at) =>
      at === places.length - 1 || Math.log10(places.at(-1) / places[at]) * perDecade > LEAST_TICK_PX;
    return points.map(({ tokens }, at) => (isRoom(at) ? formats.rounded(tokens) : ""));
  }

  #drawTwin(bits) {
    const { words } = this;
    const head = ["learning.step", "learning.tokens", "learning.bits"].map((key) =>
      dom.make("th", "", { scope: "col" }, words(key)),
    );
    const rows = this.value.points.map(({ step, tokens }, at) =>
      dom.make(
        "tr",
        "",
        {},
        ...[formats.fixed(step, 0), formats.fixed(tokens, 0), bits[at] === null ? "–" : formats.fixed(bits[at], 2)].map(
          (one) => dom.make("td", "", {}, one),
        ),
      ),
    );
    this.table.replaceChildren(
      dom.make("caption", "", {}, words("learning.title")),
      dom.make("thead", "", {}, dom.make("tr", "", {}, ...head)),
      dom.make("tbody", "", {}, ...rows),
    );
  }

  savedItems() {
    return [
      { name: "learning", elements: [this.said, this.rows.element, this.legend] },
      { name: "expected", elements: [this.expected.element] },
      { name: "curve", figures: [{ plot: this.plot, title: this.title }] },
    ];
  }
}

register("learning", Learning);
