/* Surprisal and entropy, and the cumulative logprob, over the steps. The figures come styled from viz/figures/timelines.py; here
 * they get their x and y; below them stands their twin, a table of the steps. Plotly may arrive late. The mark of the
 * current step is an element over the plot, placed by the figure's own margins and range, so a step asks nothing of
 * Plotly. Leaves out: Plotly's own hover and zoom. */

import { Twin } from "../core/data_table.js";
import * as dom from "../core/dom.js";
import { whenPlotly } from "../core/plotly.js";
import * as formats from "../core/formats.js";

/** @import { Player } from "./player.js" */
/** @import { Head } from "../core/data_table.js" */

const REDRAW_MS = 250;
const CONFIG = { staticPlot: true, displayModeBar: false, responsive: false };

export class Timelines {
  #timer = 0;

  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.element = dom.make("section", "tz-timelines", { hidden: "" });
    this.plots = ["surprisal", "cumulative"].map((name) => this.#makePlot(name));
    this.twin = new Twin(() => this.#table());
  }

  /** Show the timelines once Plotly is there. */
  open() {
    whenPlotly(() => {
      this.element.hidden = false;
      this.redraw();
    });
  }

  #makePlot(name) {
    const title = dom.make("h3", "tz-title");
    const plot = dom.make("div", "tz-plot", { "aria-hidden": "true" });
    const mark = dom.make("div", "tz-mark");
    const field = dom.make("div", "tz-field", {}, mark);
    field.addEventListener("click", (event) => this.player.goTo(this.#stepAt(field, event)));
    this.element.append(dom.make("figure", "tz-figure", {}, title, dom.make("div", "tz-frame", {}, plot, field)));
    return { name, title, plot, field, mark };
  }

  #stepAt(field, event) {
    const { zoom, left, width } = dom.boxOf(field);
    const count = this.player.trace.length;
    return Math.min(count - 1, Math.max(0, Math.floor(((event.clientX / zoom - left) / width) * count)));
  }

  /** Redraw now, as wide as there is room, or of the given width. */
  redraw(width = 0) {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.twin.setName(this.player.words("timeline.twin"));
    this.twin.draw();
    if (window.Plotly && this.player.trace?.length) for (const plot of this.plots) this.#draw(plot, width);
  }

  /** Redraw when the trace has had time to grow some more. */
  redrawSoon() {
    this.#timer ||= setTimeout(() => this.redraw(), REDRAW_MS);
  }

  #draw({ name, title, plot, field }, width) {
    if (!plot.clientWidth) return;
    const { setup, language, theme, trace } = this.player;
    const figures = setup.timelines[language] ?? setup.timelines.en;
    const { data, layout } = structuredClone(figures[theme][name]);
    const x = Array.from({ length: trace.length }, (_, index) => index + 1);
    if (name === "surprisal") {
      const colours = layout.meta.surprisal;
      data[0].y = x.map((step) => trace.surprisalBits(step - 1));
      data[0].marker.color = data[0].y.map((bits) => colours[Math.min(colours.length - 1, Math.floor(bits))]);
      if (trace.length > layout.meta.markers) data[1].mode = "lines";
      data[1].y = trace.wire.steps.map(({ entropy }) => (entropy === null ? null : entropy / Math.LN2));
    } else {
      data[0].y = trace.cumulative;
    }
    for (const one of data) one.x = x;
    layout.xaxis.range = [0.5, trace.length + 0.5];
    if (trace.length < layout.xaxis.nticks) layout.xaxis.dtick = 1; // no ticks between steps
    layout.width = width || plot.clientWidth;
    dom.setText(title, layout.meta.title);
    const { l, r, t, b } = layout.margin;
    field.style.inset = `${t}px ${r}px ${b}px ${l}px`;
    window.Plotly.react(plot, data, layout, CONFIG);
  }

  goTo(index) {
    const share = 100 / this.player.trace.length;
    for (const { mark } of this.plots) {
      mark.style.left = `${index * share}%`;
      mark.style.width = `${share}%`;
    }
    this.twin.mark(index);
  }

  #table() {
    const { words, trace } = this.player;
    if (!trace?.length) return null;
    const [bits, nats] = [words("unit.bits.name"), words("unit.nats", { value: "" }).trim()];
    /** @type {Head[]} */
    const heads = [
      [words("timeline.step"), true],
      [words("term.token"), false],
      ["", false],
      [words("term.probability"), true],
      [words("term.rank"), true],
      [`${words("term.surprisal")} (${bits})`, true],
      [`${words("term.entropy")} (${bits})`, true],
      [`${words("product.cumulative")} ${words("term.logprob")} (${nats})`, true],
    ];
    return { heads, rows: Array.from({ length: trace.length }, (_, index) => this.#row(index)) };
  }

  #row(index) {
    const { words, trace } = this.player;
    const { chosen, given, entropy } = trace.step(index);
    const token = dom.make("span");
    dom.drawToken(token, chosen.token);
    return [
      formats.fixed(index + 1, 0),
      token,
      words(given ? "strip.given" : "strip.generated"),
      formats.percent(chosen.probability),
      formats.rank(chosen.rank),
      formats.fixed(trace.surprisalBits(index), 2),
      formats.bits(entropy),
      formats.fixed(trace.cumulative[index], 2),
    ];
  }
}
