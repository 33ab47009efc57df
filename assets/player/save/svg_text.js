/* Text of a page as SVG text: one <text> for each line of a text node, with its font, where its baseline is.
 *
 *   svgText.draw(node, {add, family, limit, decoration})
 *
 * Numbers that stand at the right edge are anchored there, so that they line up in any font. Leaves out: boxes (svg_boxes.js). */

import * as dom from "../core/dom.js";

const SVG = "http://www.w3.org/2000/svg";
const NO_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const SHADOW = /^(rgba?\([^)]*\)|color\([^)]*\))/;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const pen = dom.make("canvas").getContext("2d");
const ascents = new Map();

const tidy = (value) =>
  typeof value === "number"
    ? Math.round(value * 100) / 100
    : String(value).replace(/-?\d+\.\d{3,}/g, (digits) => String(Math.round(Number(digits) * 100) / 100));

/** An element of a picture; numbers have two decimals. */
export function make(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(tidy(value)));
  element.append(...children);
  return element;
}

/** Text as XML may hold it. */
export const writable = (text) => text.replace(NO_XML, "\ufffd");

/** A colour of a computed style as an attribute's value, and how opaque it is. */
export function colourOf(text) {
  const [red, green, blue, alpha = 1] = text.match(/-?[\d.]+(e-\d+)?/g)?.map(Number) ?? [0, 0, 0];
  const scale = text.startsWith("color(") ? 255 : 1;
  const digits = [red, green, blue].map((value) =>
    Math.round(value * scale)
      .toString(16)
      .padStart(2, "0"),
  );
  return { colour: `#${digits.join("")}`, opacity: alpha };
}

const fontOf = ({ fontStyle, fontWeight, fontSize, fontFamily }) =>
  `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;

function widthOf(text, style) {
  pen.font = fontOf(style);
  return pen.measureText(text).width;
}

/** From the upper edge of a line of text to its baseline, in whole pixels as browsers place it. */
function ascentOf(style) {
  const font = fontOf(style);
  if (!ascents.has(font)) {
    pen.font = font;
    ascents.set(font, Math.round(pen.measureText("x").fontBoundingBoxAscent));
  }
  return ascents.get(font);
}

const union = (boxes) => ({
  left: Math.min(...boxes.map(({ left }) => left)),
  right: Math.max(...boxes.map(({ right }) => right)),
  top: Math.min(...boxes.map(({ top }) => top)),
  bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
});

/** The graphemes of a text with their boxes, without those that take no room. */
function charactersOf(node) {
  const range = document.createRange();
  return [...graphemes.segment(node.data)].flatMap(({ segment, index }) => {
    range.setStart(node, index);
    range.setEnd(node, index + segment.length);
    const boxes = [...range.getClientRects()].filter(({ width }) => width > 0);
    return boxes.length ? [{ text: segment, ...union(boxes) }] : [];
  });
}

/** The characters that stand on one line, for each line. */
function linesOf(node) {
  const lines = [];
  let bottom = -Infinity;
  for (const character of charactersOf(node)) {
    if ((character.top + character.bottom) / 2 > bottom) lines.push([]);
    lines.at(-1).push(character);
    bottom = character.bottom;
  }
  return lines;
}

const isBlank = ({ text }) => /^\s+$/.test(text);

function trimmed(line) {
  const first = line.findIndex((character) => !isBlank(character));
  return first < 0 ? [] : line.slice(first, line.findLastIndex((character) => !isBlank(character)) + 1);
}

/** The characters that have room before the edge at which a box cuts its text off, and one ellipsis. */
function shortened(line, limit, style) {
  const { edge, isRightToLeft } = limit;
  const isIn = ({ left, right }, by) => (isRightToLeft ? left >= edge + by : right <= edge - by);
  if (limit.isReached) return [];
  if (line.every((character) => isIn(character, -1))) return line;
  limit.isReached = true;
  const dots = widthOf("…", style);
  const kept = line.filter((character) => isIn(character, dots));
  return [...kept, { ...(kept.at(-1) ?? line[0]), text: "…" }];
}

/** The anchor of a line: its left end, right end, or middle; in right-to-left text, SVG calls the right end the start. */
function held({ left, right }, { textAlign, direction }) {
  if (textAlign.endsWith("center")) return { x: (left + right) / 2, anchor: "middle" };
  const isRightToLeft = direction === "rtl";
  const isAtRight = textAlign === "right" || textAlign === (isRightToLeft ? "start" : "end");
  return { x: isAtRight ? right : left, anchor: isAtRight === isRightToLeft ? "start" : "end" };
}

function attributesOf(style, line, { family, decoration }) {
  const box = union(line);
  const { x, anchor } = held(box, style);
  const { colour, opacity } = colourOf(style.color);
  const found = { x, y: box.top + ascentOf(style), fill: colour, "font-size": parseFloat(style.fontSize) };
  if (style.fontFamily !== family) found["font-family"] = style.fontFamily;
  if (opacity < 1) found["fill-opacity"] = opacity;
  if (style.fontWeight !== "400") found["font-weight"] = style.fontWeight;
  if (style.fontStyle !== "normal") found["font-style"] = style.fontStyle;
  if (anchor !== "start") found["text-anchor"] = anchor;
  if (style.direction === "rtl") found.direction = "rtl";
  if (decoration !== "none") found["text-decoration"] = decoration;
  const [halo] = SHADOW.exec(style.textShadow) ?? [];
  if (halo)
    Object.assign(found, {
      stroke: colourOf(halo).colour,
      "stroke-width": 4,
      "stroke-linejoin": "round",
      "paint-order": "stroke",
    });
  return found;
}

/** Local fonts that the page uses for single signs: [pattern of the signs, name of the font]. */
function signFonts() {
  const rules = [...document.styleSheets].filter(({ href }) => !href).flatMap(({ cssRules }) => [...cssRules]);
  return rules
    .filter((rule) => rule instanceof CSSFontFaceRule)
    .flatMap(({ style }) => {
      const [, name] = /local\("?([^")]+)"?\)/.exec(style.getPropertyValue("src")) ?? [];
      const ranges = style
        .getPropertyValue("unicode-range")
        .replace(/U\+([\dA-F]+)(?:-([\dA-F]+))?,?\s*/gi, (_, from, to) => `\\u{${from}}-\\u{${to ?? from}}`);
      return name && ranges ? [[new RegExp(`([${ranges}]+)`, "u"), name]] : [];
    });
}

/** A text as nodes, the signs that have a font of their own each in a <tspan>. */
function nodesOf(text, family) {
  const [[signs, name] = []] = signFonts();
  if (!signs) return [text];
  return text
    .split(signs)
    .map((piece, at) => (at % 2 ? make("tspan", { "font-family": `${name}, ${family}` }, piece) : piece));
}

/** `add(attributes, box, ...children)` puts a <text> into the picture; `family` are the
 * fonts of the whole picture, `limit` is the edge at which a box cuts its text off, or null. */
export function draw(node, { add, family, limit, decoration }) {
  const style = getComputedStyle(node.parentElement);
  if (!node.data.trim() || style.visibility === "hidden") return;
  const isSpaced = style.whiteSpace.startsWith("pre");
  for (const whole of linesOf(node)) {
    const line = trimmed(limit ? shortened(whole, limit, style) : whole);
    if (!line.length) continue;
    const joined = line.map(({ text }) => text).join("");
    const text = writable(isSpaced ? joined : joined.replace(/\s+/g, " "));
    const spaces = /\s\s/.test(text) ? { "xml:space": "preserve" } : {};
    add(
      { ...attributesOf(style, line, { family, decoration }), ...spaces },
      union(line),
      ...nodesOf(text, style.fontFamily),
    );
  }
}
