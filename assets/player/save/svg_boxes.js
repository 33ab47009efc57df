/* Boxes of a page as SVG shapes: what their styles paint behind and around the text, and the clip paths that they set.
 *
 *   new SvgBoxes(defs).draw(style, box, add)
 *
 * It knows what the player's style sheets use: plain and hatched backgrounds, dots, borders, outlines, and shadows without a
 * blur. Leaves out: text (svg_text.js), and the way through the elements (snapshot.js). */

import * as dom from "../core/dom.js";
import * as svgText from "./svg_text.js";

const { colourOf, make } = svgText;
const COLOUR = "(?:rgba?|color)\\([^)]*\\)";
const HATCHING = new RegExp(
  `^repeating-linear-gradient\\((?:([\\d.]+)deg, )?(${COLOUR}) 0px, ${COLOUR} ([\\d.]+)px, ${COLOUR} [\\d.]+px, ${COLOUR} ([\\d.]+)px\\)`,
);
const DOTS = new RegExp(`^radial-gradient\\(circle(?: at [^,]*)?, (${COLOUR}) ([\\d.]+)px, ${COLOUR} ([\\d.]+)px\\)`);
const SHADOW = new RegExp(`(${COLOUR}) (-?[\\d.]+)px (-?[\\d.]+)px (-?[\\d.]+)px (-?[\\d.]+)px( inset)?`, "g");
const SIDES = ["Top", "Right", "Bottom", "Left"];

const grown = ({ left, top, right, bottom }, by) => ({
  left: left - by,
  top: top - by,
  right: right + by,
  bottom: bottom + by,
});
const rectOf = ({ left, top, right, bottom }) => ({
  x: left,
  y: top,
  width: Math.max(0, right - left),
  height: Math.max(0, bottom - top),
});
const isEmpty = ({ left, top, right, bottom }) => right <= left || bottom <= top;

function painted(name, text) {
  const { colour, opacity } = colourOf(text);
  return { [name]: colour, ...(opacity < 1 && { [`${name}-opacity`]: opacity }) };
}

const isClear = (text) => colourOf(text).opacity === 0;
const DASHES = { dashed: [3, 2], dotted: [1, 1] };
const dashes = (line, width) =>
  line in DASHES ? { "stroke-dasharray": DASHES[line].map((part) => part * width).join(" ") } : {};
const rounded = (radius) => (radius > 0 ? { rx: radius } : {});

/** The points of a polygon of a computed style, within a box. */
function pointsOf(polygon, { left, top, right, bottom }) {
  const place = (length, begin, size) => {
    const share = Number(/(-?[\d.]+)%/.exec(length)?.[1] ?? 0);
    const [, sign, pixels] = /([+-])?\s*([\d.]+)px/.exec(length) ?? ["", "+", "0"];
    return begin + (share / 100) * size + (sign === "-" ? -Number(pixels) : Number(pixels));
  };
  const pairs = polygon
    .replace(/^polygon\(|\)$/g, "")
    .split(/,\s*/)
    .map((pair) => pair.match(/calc\([^)]*\)|\S+/g));
  return pairs.map(([x, y]) => `${place(x, left, right - left)},${place(y, top, bottom - top)}`).join(" ");
}

export class SvgBoxes {
  #made = new Map();

  /** `defs` takes patterns and clip paths. */
  constructor(defs) {
    this.defs = defs;
  }

  /** The reference to a key's definition, made once; equal definitions of two pictures on one page have equal ids. */
  #reference(key, define) {
    if (!this.#made.has(key)) {
      const id = `tz${dom.hashOf(key)}`;
      this.defs.append(define(id));
      this.#made.set(key, `url(#${id})`);
    }
    return this.#made.get(key);
  }

  #pattern(key, size, transform, shape) {
    return this.#reference(key, (id) =>
      make("pattern", { id, width: size, height: size, patternUnits: "userSpaceOnUse", ...transform }, shape),
    );
  }

  /** A hatched or dotted background as a fill, or null. */
  #texture(image) {
    const [, angle = 180, ink, on, period] = HATCHING.exec(image) ?? [];
    const shape = (tag, attributes, colour) => make(tag, { ...attributes, ...painted("fill", colour) });
    if (ink)
      return this.#pattern(
        image,
        period,
        { patternTransform: `rotate(${Number(angle) - 90})` },
        shape("rect", { width: on, height: period }, ink),
      );
    const [, dot, inner, outer] = DOTS.exec(image.split(" / ")[0]) ?? [];
    return dot ? { dot, radius: (Number(inner) + Number(outer)) / 2 } : null;
  }

  #background(style, box, add) {
    const [radius, clip] = [parseFloat(style.borderTopLeftRadius), style.backgroundClip];
    const inner =
      clip === "content-box" ? grown(box, -parseFloat(style.borderTopWidth) - parseFloat(style.paddingTop)) : box;
    if (!isClear(style.backgroundColor))
      add("rect", { ...rectOf(inner), ...rounded(radius), ...painted("fill", style.backgroundColor) }, inner);
    const texture = this.#texture(style.backgroundImage);
    if (!texture) return;
    const fill = typeof texture === "string" ? texture : this.#dots(texture, parseFloat(style.backgroundSize));
    add("rect", { ...rectOf(box), ...rounded(radius), fill }, box);
  }

  #dots({ dot, radius }, size) {
    const shape = make("circle", { cx: size / 2, cy: size / 2, r: radius, ...painted("fill", dot) });
    return this.#pattern(`${dot} ${radius} ${size}`, size, {}, shape);
  }

  /** A shadow with only a spread is a ring; a moved one is a box below, or, if it is inset, a strip at an edge. */
  #shadows(style, box, add, isWithin) {
    const radius = parseFloat(style.borderTopLeftRadius);
    for (const [, ink, ...rest] of [...style.boxShadow.matchAll(SHADOW)].reverse()) {
      const [x, y, , spread] = rest.slice(0, 4).map(Number);
      if (Boolean(rest[4]) !== isWithin) continue;
      if (isWithin) {
        const strip = {
          ...box,
          ...(y < 0 && { top: box.bottom + y }),
          ...(y > 0 && { bottom: box.top + y }),
          ...(x < 0 && { left: box.right + x }),
          ...(x > 0 && { right: box.left + x }),
        };
        add("rect", { ...rectOf(strip), ...painted("fill", ink) }, strip);
      } else if (x || y) {
        const moved = grown(
          { left: box.left + x, right: box.right + x, top: box.top + y, bottom: box.bottom + y },
          spread,
        );
        add("rect", { ...rectOf(moved), ...rounded(radius), ...painted("fill", ink) }, moved);
      } else {
        const ring = grown(box, spread / 2);
        add(
          "rect",
          {
            ...rectOf(ring),
            ...rounded(radius + spread / 2),
            fill: "none",
            ...painted("stroke", ink),
            "stroke-width": spread,
          },
          grown(box, spread),
        );
      }
    }
  }

  #frame(box, { width, line, ink, radius = 0 }, add) {
    const by = line === "double" ? width / 3 : width;
    for (const inset of line === "double" ? [by / 2, width - by / 2] : [width / 2]) {
      const edge = grown(box, -inset);
      add(
        "rect",
        {
          ...rectOf(edge),
          ...rounded(radius - inset),
          fill: "none",
          ...painted("stroke", ink),
          "stroke-width": by,
          ...dashes(line, by),
        },
        box,
      );
    }
  }

  #borders(style, box, add) {
    const sides = SIDES.map((side) => ({
      side,
      width: parseFloat(style[`border${side}Width`]),
      line: style[`border${side}Style`],
      ink: style[`border${side}Color`],
    }));
    const seen = sides.filter(
      ({ width, line, ink }) => width > 0 && !["none", "hidden"].includes(line) && !isClear(ink),
    );
    const [{ width, line, ink } = {}] = seen;
    const areAlike =
      seen.length === 4 && seen.every((one) => one.width === width && one.line === line && one.ink === ink);
    if (areAlike) this.#frame(box, { width, line, ink, radius: parseFloat(style.borderTopLeftRadius) }, add);
    else for (const one of seen) this.#side(box, one, add);
  }

  #side({ left, top, right, bottom }, { side, width, line, ink }, add) {
    const half = width / 2;
    const path = {
      Top: `M${left} ${top + half}H${right}`,
      Bottom: `M${left} ${bottom - half}H${right}`,
      Left: `M${left + half} ${top}V${bottom}`,
      Right: `M${right - half} ${top}V${bottom}`,
    }[side];
    add(
      "path",
      { d: path, fill: "none", ...painted("stroke", ink), "stroke-width": width, ...dashes(line, width) },
      { left, top, right, bottom },
    );
  }

  /** `add(tag, attributes, box)` takes each shape with the box that it fills. */
  draw(style, box, add) {
    if (isEmpty(box)) return;
    this.#shadows(style, box, add, false);
    this.#background(style, box, add);
    this.#shadows(style, box, add, true);
    this.#borders(style, box, add);
    const width = parseFloat(style.outlineWidth);
    if (width > 0 && style.outlineStyle !== "none") {
      this.#frame(
        grown(box, parseFloat(style.outlineOffset) + width),
        { width, line: style.outlineStyle, ink: style.outlineColor },
        add,
      );
    }
  }

  /** The reference to a clip path: of a box, or of a polygon in it. */
  clip(box, polygon = "") {
    const shape = polygon.startsWith("polygon(")
      ? ["polygon", { points: pointsOf(polygon, box) }]
      : ["rect", rectOf(box)];
    return this.#reference(JSON.stringify(shape), (id) => make("clipPath", { id }, make(...shape)));
  }
}
