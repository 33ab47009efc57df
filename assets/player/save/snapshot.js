/* A picture of the page as an SVG: its elements are copied to an invisible stage, where save.css hides controls, and become
 * shapes and text (svg_boxes.js, svg_text.js), which any program can draw and change.
 * A figure of Plotly is an SVG already. The same SVG drawn on a canvas is the PNG. Nothing is fetched.
 * Leaves out: the list of pictures, and the menu (menu.js). */

import * as dom from "../core/dom.js";
import { SvgBoxes } from "./svg_boxes.js";
import * as svgText from "./svg_text.js";

const { make } = svgText;
const SVG = "http://www.w3.org/2000/svg";
const PAD = 20;
const SCALE = 2;
/** The largest canvas that browsers draw, in pixels a side. */
const LARGEST = 16_000;
const TITLE = 26;
const SHAPE_STYLES = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linejoin",
  "opacity",
];
/** Share of the height of a text's box that may be cut off unseen. */
const UNSEEN = 0.25;

/** Turn `::before` and `::after` into elements: scripts cannot ask for the place of a pseudo-element. */
function addPseudoElements(element) {
  for (const which of ["::before", "::after"]) {
    const style = getComputedStyle(element, which);
    if (["none", "normal"].includes(style.content)) continue;
    const attribute = /^attr\((.+)\)$/.exec(style.content);
    const text = attribute ? element.getAttribute(attribute[1]) : style.content.replace(/^"(.*)"$/s, "$1");
    const copy = dom.make("span", "", {}, text);
    const styles = [...style].map((name) => `${name}:${style.getPropertyValue(name)}`).join(";");
    copy.style.cssText = styles;
    element[which === "::before" ? "prepend" : "append"](copy);
  }
}

const within = (box, limits) => ({
  left: Math.max(box.left, limits.left),
  right: Math.min(box.right, limits.right),
  top: Math.max(box.top, limits.top),
  bottom: Math.min(box.bottom, limits.bottom),
});

/** The way through elements that are laid out: each adds its shapes and its text to a group. */
class Drawing {
  constructor(svg, { left, top }) {
    this.left = left;
    this.top = top;
    this.family = svg.getAttribute("font-family");
    const defs = svg.appendChild(make("defs", {}));
    this.boxes = new SvgBoxes(defs);
  }

  /** A box in the coordinates of the picture. */
  #placed({ left, right, top, bottom }) {
    return { left: left - this.left, right: right - this.left, top: top - this.top, bottom: bottom - this.top };
  }

  /** Adds shapes within the limits to a group; one that they cut in two gets a clip path, a plain box its smaller size. */
  #adder(group, limits) {
    return (tag, attributes, box, ...children) => {
      if (!limits) return group.append(make(tag, attributes, ...children));
      const seen = within(box, limits);
      const slack = tag === "text" ? UNSEEN * (box.bottom - box.top) : 0.01;
      if (seen.right <= seen.left || seen.bottom <= seen.top) return null;
      const isWhole =
        seen.left - box.left < 0.01 &&
        box.right - seen.right < 0.01 &&
        seen.top - box.top < slack &&
        box.bottom - seen.bottom < slack;
      if (isWhole) return group.append(make(tag, attributes, ...children));
      if (tag === "rect" && !attributes.stroke && !attributes.rx) {
        return group.append(
          make(tag, {
            ...attributes,
            x: seen.left,
            y: seen.top,
            width: seen.right - seen.left,
            height: seen.bottom - seen.top,
          }),
        );
      }
      return group.append(make("g", { "clip-path": this.boxes.clip(limits) }, make(tag, attributes, ...children)));
    };
  }

  draw(element, group, { limits = null, limit = null, decoration = "none" } = {}) {
    const style = getComputedStyle(element);
    if (style.display === "none" || style.visibility === "hidden") return;
    if (element.namespaceURI === SVG) return this.#drawShapes(element, group);
    const own = this.#ownGroup(element, style, group);
    const add = this.#adder(own, limits);
    if (style.display !== "contents") for (const box of this.#boxesOf(element, style)) this.boxes.draw(style, box, add);
    const inside = {
      limits: this.#limitsOf(element, style, limits),
      limit: this.#cutOf(element, style) ?? limit,
      decoration: style.textDecorationLine === "none" ? decoration : style.textDecorationLine,
    };
    this.#drawChildren(element, own, inside);
  }

  /** Draw the children by z-index: upper ones come last. */
  #drawChildren(element, group, inside) {
    const levelOf = (node) => (node.nodeType === Node.ELEMENT_NODE && Number(getComputedStyle(node).zIndex)) || 0;
    const adder = this.#adder(group, inside.limits);
    const add = ({ x, y, ...attributes }, box, ...children) =>
      adder("text", { x: x - this.left, y: y - this.top, ...attributes }, this.#placed(box), ...children);
    const nodes = [...element.childNodes]
      .map((node) => ({ node, level: levelOf(node) }))
      .sort((one, other) => one.level - other.level);
    for (const { node } of nodes) {
      if (node.nodeType === Node.TEXT_NODE) svgText.draw(node, { ...inside, family: this.family, add });
      else if (node.nodeType === Node.ELEMENT_NODE) this.draw(node, group, inside);
    }
  }

  #boxesOf(element, style) {
    const boxes = style.display === "inline" ? [...element.getClientRects()] : [element.getBoundingClientRect()];
    return boxes.map((box) => this.#placed(box));
  }

  /** A group for an element with opacity or a clip path. */
  #ownGroup(element, style, group) {
    const attributes = {};
    if (style.opacity !== "1") attributes.opacity = style.opacity;
    if (style.clipPath !== "none")
      attributes["clip-path"] = this.boxes.clip(this.#placed(element.getBoundingClientRect()), style.clipPath);
    return Object.keys(attributes).length ? group.appendChild(make("g", attributes)) : group;
  }

  #limitsOf(element, style, limits) {
    if (style.overflowX === "visible" || style.display === "inline") return limits;
    const { left, right, top, bottom } = this.#placed(element.getBoundingClientRect());
    const [above, beside, below, before] = ["Top", "Right", "Bottom", "Left"].map((side) =>
      parseFloat(style[`border${side}Width`]),
    );
    const padding = { left: left + before, right: right - beside, top: top + above, bottom: bottom - below };
    return limits ? within(padding, limits) : padding;
  }

  /** The edge at which an ellipsis cuts off text, in the window. */
  #cutOf(element, style) {
    if (style.textOverflow !== "ellipsis" || element.scrollWidth <= element.clientWidth) return null;
    const { left, right } = element.getBoundingClientRect();
    const isRightToLeft = style.direction === "rtl";
    return {
      isRightToLeft,
      edge: isRightToLeft ? left + parseFloat(style.paddingLeft) : right - parseFloat(style.paddingRight),
    };
  }

  /** An SVG of the page: its shapes, with what style sheets make of them. */
  #drawShapes(element, group) {
    const { a, d, e, f } = element.getScreenCTM();
    const shapes = [...element.children].map((shape) => {
      const style = getComputedStyle(shape);
      const drawn = [...shape.attributes]
        .filter(({ name }) => !/^(class|style|aria-.*)$/.test(name))
        .map(({ name, value }) => [name, value]);
      const styles = SHAPE_STYLES.map((name) => [name, style.getPropertyValue(name)]).filter(
        ([, value]) => value && value !== "1",
      );
      return make(shape.localName, {
        ...Object.fromEntries(drawn),
        ...Object.fromEntries(styles.flatMap(([name, value]) => plainPaint(name, value))),
      });
    });
    group.append(make("g", { transform: `matrix(${a} 0 0 ${d} ${e - this.left} ${f - this.top})` }, ...shapes));
  }
}

/** A colour of a style as an attribute that all programs know. */
function plainPaint(name, value) {
  if (!["fill", "stroke"].includes(name) || value === "none") return [[name, value.replaceAll("px", "")]];
  const { colour, opacity } = svgText.colourOf(value);
  return [[name, colour], ...(opacity < 1 ? [[`${name}-opacity`, opacity]] : [])];
}

const propertyOf = (root, name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();

function sheet(width, height, root, name) {
  const svg = make("svg", {
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    "font-family": getComputedStyle(root).fontFamily,
  });
  svg.append(
    make("title", {}, svgText.writable(name)),
    make("rect", { width, height, fill: propertyOf(root, "paper") }),
  );
  return svg;
}

const finished = (svg, width, height) => ({ width, height, svg: new XMLSerializer().serializeToString(svg) });

/** Elements that stand within `root`, one below the other, as they look there. */
export function drawElements(root, elements, name) {
  const width = Math.max(...elements.map((element) => element.getBoundingClientRect().width));
  const stage = dom.make(
    "div",
    "tz-stage-of-picture",
    { inert: "", "aria-hidden": "true" },
    ...elements.map((element) => element.cloneNode(true)),
  );
  stage.style.width = `${width}px`;
  root.append(stage);
  for (const element of stage.querySelectorAll("*")) if (element.namespaceURI !== SVG) addPseudoElements(element);
  stage.classList.add("tz-has-pseudo-elements");
  const [across, down] = [stage.scrollWidth, stage.scrollHeight].map((size) => Math.ceil(size) + 2 * PAD);
  const svg = sheet(across, down, root, name);
  const { left, top } = stage.getBoundingClientRect();
  const drawing = new Drawing(svg, { left: left - PAD, top: top - PAD });
  for (const element of stage.children) drawing.draw(element, svg);
  stage.remove();
  return finished(svg, across, down);
}

/** Figures of Plotly one below the other: [{plot, title, mark}], each mark an element that stands over its plot. */
export async function drawFigures(root, figures, name) {
  const width = Math.max(...figures.map(({ plot }) => plot.clientWidth)) + 2 * PAD;
  const height = figures.reduce((sum, { plot }) => sum + TITLE + plot.clientHeight, 2 * PAD);
  const svg = sheet(width, height, root, name);
  let top = PAD;
  for (const { plot, title, mark } of figures) {
    const { clientWidth, clientHeight } = plot;
    const url = await window.Plotly.toImage(plot, { format: "svg", width: clientWidth, height: clientHeight });
    const text = decodeURIComponent(url.slice(url.indexOf(",") + 1));
    const part = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    svg.append(
      make(
        "text",
        { x: PAD, y: top + 14, fill: propertyOf(root, "soft"), "font-size": 13 },
        svgText.writable(title.textContent),
      ),
    );
    top += TITLE;
    for (const [key, value] of Object.entries({ x: PAD, y: top })) part.setAttribute(key, String(value));
    svg.append(part);
    if (mark)
      svg.append(markOf(mark.getBoundingClientRect(), plot.getBoundingClientRect(), top, propertyOf(root, "accent")));
    top += clientHeight;
  }
  return finished(svg, width, height);
}

function markOf({ left, top, width, height }, plot, down, colour) {
  return make("rect", {
    x: PAD + left - plot.left,
    y: down + top - plot.top,
    width,
    height,
    fill: colour,
    "fill-opacity": 0.18,
    stroke: colour,
  });
}

/** The picture as PNG, at twice its size. Throws if a browser does not let scripts read the canvas. */
export async function toPng({ svg, width, height }) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const scale = Math.min(SCALE, LARGEST / Math.max(width, height));
  const canvas = dom.make("canvas", "", { width: Math.round(width * scale), height: Math.round(height * scale) });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new Error("the browser gave no PNG");
  return blob;
}
