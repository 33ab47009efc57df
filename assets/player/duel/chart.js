/* How the log-ratio of each text to the most probable one builds up: steps that stand under the tokens that make them.
 * A line has a value wherever its text and the most probable one have a token boundary at the same place.
 * Leaves out: where the columns stand, which the rows above say (rows.js). */

import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";

const HEIGHT = 150;
const LABEL = 38;
const PAD = 10;
const MOST_TICKS = 6;
const DASHES = ["", "7 4", "2 4", "9 3 2 3", "1 3 5 3"];

function draw(tag, className, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  element.setAttribute("class", className);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** The values of a row against the reference: [line, nats] wherever both have a boundary on a line. */
export function riseOf(sides, { rows }, row, reference) {
  const against = new Map(rows[reference].points);
  const shared = rows[row].points.filter(([line]) => against.has(line));
  return shared.map(([line, token]) => [line, sides[row].sums[token] - sides[reference].sums[against.get(line)]]);
}

/** Whole powers of ten from below the least value to above the most, not too many. */
function ticksOf(least, most) {
  const [low, high] = [Math.floor(least / Math.LN10), Math.ceil(most / Math.LN10)];
  const step = Math.max(1, Math.ceil((high - low) / MOST_TICKS));
  const found = [];
  for (let power = Math.ceil(low / step) * step; power <= high; power += step) found.push(power);
  return found;
}

/** Heights near the given ones, but at least LABEL apart. */
function spread(heights, bottom) {
  const order = heights.map((height, at) => ({ height, at })).sort((one, other) => one.height - other.height);
  order.forEach((one, at) => at && (one.height = Math.max(one.height, order[at - 1].height + LABEL)));
  for (let at = order.length - 1; at >= 0; at -= 1) {
    const limit = at === order.length - 1 ? bottom - LABEL / 2 : order[at + 1].height - LABEL;
    order[at].height = Math.min(order[at].height, limit);
  }
  const found = [];
  for (const { height, at } of order) found[at] = height;
  return found;
}

export class DuelChart {
  constructor(duel) {
    this.duel = duel;
    this.axis = dom.make("div", "tz-duel-axis", { "aria-hidden": "true" });
    this.plot = dom.make("div", "tz-duel-plot", { "aria-hidden": "true" });
    this.ends = dom.make("div", "tz-duel-ends", { "aria-hidden": "true" });
  }

  /** Put into the grid of `rows`, below `sides.length` texts. Texts without a total have no line. */
  show(rows, sides, layout, reference) {
    this.rows = rows;
    this.layout = layout;
    this.lines = sides
      .map((side, at) => ({ side, at }))
      .filter(({ side, at }) => at !== reference && side.total !== null)
      .map(({ side, at }) => ({ side, values: riseOf(sides, layout, at, reference) }));
    const place = sides.length + 2;
    this.axis.style.gridArea = `${place} / 1`;
    this.plot.style.gridArea = `${place} / 2 / auto / ${layout.columns + 2}`;
    this.ends.style.gridArea = `${place} / ${layout.columns + 2}`;
    this.letter = sides[reference].letter;
    if (this.lines.length) rows.grid.append(this.axis, this.plot, this.ends);
    this.draw();
  }

  draw() {
    if (!this.lines?.length || !this.rows.grid.clientWidth) return;
    const all = this.lines.flatMap(({ values }) => values.map(([, nats]) => nats));
    const powers = ticksOf(Math.min(-Math.LN10, ...all), Math.max(0, ...all));
    const [low, high] = [Math.min(powers[0] * Math.LN10, ...all), Math.max(powers.at(-1) * Math.LN10, ...all)];
    const height = Math.max(HEIGHT, LABEL * (this.lines.length + 1));
    const y = (nats) => PAD + ((high - nats) / (high - low)) * (height - 2 * PAD);
    for (const part of [this.axis, this.plot, this.ends]) part.style.height = `${height}px`;
    const start = this.rows.lineAt(0);
    const x = (line) => this.rows.lineAt(line) - start;
    const width = x(this.layout.columns);
    const svg = draw("svg", "tz-duel-svg", { width, height, viewBox: `0 0 ${width} ${height}` });
    svg.append(...this.#bands(x, height), ...powers.map((power) => this.#tick(y(power * Math.LN10), width)));
    svg.append(draw("path", "tz-duel-zero", { d: `M0 ${y(0)}H${width}` }));
    svg.append(...this.lines.map((line, at) => this.#line(line, at, x, y)));
    const ratios = powers.map((power) =>
      this.#at(y(power * Math.LN10), dom.make("span", "tz-duel-ratio", {}, this.#ratio(power))),
    );
    this.plot.replaceChildren(svg, ...ratios);
    this.axis.replaceChildren(
      ...powers.map((power) =>
        this.#at(y(power * Math.LN10), dom.make("span", "", {}, formats.fixed(power * Math.LN10, 1))),
      ),
    );
    this.#drawEnds(y, height);
  }

  #at(top, element) {
    element.style.top = `${top}px`;
    return element;
  }

  #ratio(power) {
    if (power === 0) return this.letter;
    const ratio =
      Math.abs(power) <= 6
        ? formats.fixed(10 ** Math.abs(power), 0)
        : formats.times(Math.abs(power) * Math.LN10).replace("1.0 × ", "");
    return `${power < 0 ? "÷" : "×"} ${ratio}`;
  }

  #bands(x, height) {
    const { parted } = this.layout;
    return parted.flatMap((is, at) =>
      is ? [draw("rect", "tz-duel-band", { x: x(at), y: 0, width: x(at + 1) - x(at), height })] : [],
    );
  }

  #tick(top, width) {
    return draw("path", "tz-duel-tick", { d: `M0 ${top}H${width}` });
  }

  /** A staircase: over the whole of a cell stands the ratio after its tokens. */
  #line({ values }, at, x, y) {
    let d = `M${x(values[0][0])} ${y(values[0][1])}`;
    for (let point = 1; point < values.length; point += 1) d += `V${y(values[point][1])}H${x(values[point][0])}`;
    return draw("path", "tz-duel-line", { d, "stroke-dasharray": DASHES[at % DASHES.length] });
  }

  #drawEnds(y, height) {
    const { words } = this.duel;
    const tops = spread(
      this.lines.map(({ values }) => y(values.at(-1)[1])),
      height,
    );
    this.ends.replaceChildren(
      ...this.lines.map(({ side, values }, at) => {
        const nats = values.at(-1)[1];
        const said =
          Math.abs(nats) < 5e-7 ? words("duel.as_much") : words("duel.less", { times: formats.times(-nats) });
        const key = draw("svg", "tz-duel-key", { width: 26, height: 8, "aria-hidden": "true" });
        key.append(draw("path", "tz-duel-line", { d: "M0 4H26", "stroke-dasharray": DASHES[at % DASHES.length] }));
        const head = dom.make(
          "span",
          "tz-duel-end-head",
          {},
          key,
          dom.make("b", "", {}, side.letter),
          words("unit.nats", { value: formats.fixed(nats, 2) }),
        );
        return this.#at(
          tops[at],
          dom.make("span", "tz-duel-label", {}, head, dom.make("span", "tz-duel-less", {}, said)),
        );
      }),
    );
  }
}
