/* The figures of the timelines without Plotly, which is larger than many notebooks: the same plain data (viz/figures/timelines.py), drawn
 * once and still. It knows bars and lines over an axis of numbers, and stands in Plotly's place for timelines.js and snapshot.js.
 * Leaves out: all else that Plotly can. */

import * as svgText from "./save/svg_text.js";

const { make } = svgText;
const TICK = 12;
const DOTTED = "3 3";

/** Whole steps of 1, 2 or 5 times a power of ten, at most `most` of them. */
function ticksOf([low, high], most) {
  const least = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * [1, 2, 5, 10].find((one) => one * power >= least);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, at) => (first + at) * step);
}

/**
 * From nothing to the furthest value, with a little room.
 *
 * @returns {[low: number, high: number]}
 */
function rangeOf(data) {
  const values = data.flatMap(({ y }) => y).filter((value) => value !== null);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const room = 0.05 * (high - low || 1);
  return [low && low - room, high && high + room];
}

/** The path of a line, broken where there is no value; of a staircase, each value holds around its step. */
function pathOf({ x, y, line }, across, down) {
  let path = "";
  x.forEach((step, at) => {
    if (y[at] === null) return;
    const isGoingOn = at > 0 && y[at - 1] !== null;
    const middle = across(step - 0.5);
    if (isGoingOn && line.shape === "hvh") path += `H${middle}V${down(y[at])}`;
    path += `${isGoingOn ? "L" : "M"}${across(step)} ${down(y[at])}`;
  });
  return path;
}

function drawn({ type, mode = "", x, y, line, marker }, { across, down, gap }) {
  if (type === "bar") {
    const width = across(1 - gap) - across(0);
    return y.map((value, at) =>
      make("rect", {
        x: across(x[at]) - width / 2,
        y: Math.min(down(value), down(0)),
        width,
        height: Math.abs(down(value) - down(0)),
        fill: marker.color[at],
      }),
    );
  }
  const dash = line.dash ? { "stroke-dasharray": DOTTED } : {};
  const path = make("path", {
    d: pathOf({ x, y, line }, across, down),
    fill: "none",
    stroke: line.color,
    "stroke-width": line.width,
    ...dash,
  });
  const dots = mode.includes("markers") ? x.filter((_, at) => y[at] !== null) : [];
  const circles = dots.map((step) =>
    make("circle", {
      cx: across(step),
      cy: down(y[x.indexOf(step)]),
      r: marker.size / 2,
      fill: marker.color,
      stroke: marker.line.color,
      "stroke-width": marker.line.width,
    }),
  );
  return [path, ...circles];
}

function react(plot, data, layout) {
  const {
    width,
    height,
    margin,
    template: {
      layout: { paper_bgcolor: paper, font, xaxis: style },
    },
  } = layout;
  const [range, values] = [layout.xaxis.range, rangeOf(data)];
  const [wide, high] = [width - margin.l - margin.r, height - margin.t - margin.b];
  const across = (step) => margin.l + ((step - range[0]) / (range[1] - range[0])) * wide;
  const down = (value) => margin.t + ((values[1] - value) / (values[1] - values[0])) * high;
  const text = { "font-size": TICK, fill: style.tickfont.color };
  const said = (value) => String(Number(value.toPrecision(12))).replace("-", "−");
  const steps = ticksOf(range, layout.xaxis.nticks).filter((step) => Number.isInteger(step) && step > 0);
  plot.replaceChildren(
    make(
      "svg",
      { class: "main-svg", width, height, viewBox: `0 0 ${width} ${height}`, "font-family": font.family },
      make("rect", { width, height, fill: paper }),
      ...ticksOf(values, layout.yaxis.nticks).flatMap((value) => [
        make("path", { d: `M${margin.l} ${down(value)}H${width - margin.r}`, stroke: style.gridcolor }),
        make("text", { ...text, x: margin.l - 6, y: down(value) + TICK / 3, "text-anchor": "end" }, said(value)),
      ]),
      ...steps.map((step) =>
        make(
          "text",
          { ...text, x: across(step), y: height - margin.b + TICK + 4, "text-anchor": "middle" },
          said(step),
        ),
      ),
      ...data.flatMap((one) => drawn(one, { across, down, gap: layout.bargap })),
    ),
  );
}

const toImage = async (plot) =>
  `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(plot.firstElementChild))}`;

window.Plotly = { react, toImage };
