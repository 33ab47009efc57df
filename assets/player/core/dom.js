/* Elements and words: everything visible is made here, from text and never from HTML.
 * Leaves out: contents and layout. */

/** @import { Token } from "../trace/trace.js" */

/**
 * What the server gives a page (viz/pages/assets.py): words by language, the figures of Plotly by language and theme, and
 * numbers that the style sheets know, too.
 *
 * @typedef {object} Setup
 * @property {Record<string, Record<string, string>>} words
 * @property {number} surprisal_colours
 * @property {Record<string, any>} [timelines]
 * @property {Record<string, any>} [learning]
 * @property {string} [plotly] its address, where it comes late
 * @property {string[]} [models] those of the page
 * @property {string} [command]
 */

/** @typedef {(key: string, blanks?: Record<string, string | number>) => string} Words */

const KEPT_MS = 600_000;
const SVG = "http://www.w3.org/2000/svg";

/**
 * make("button", "tz-row", {type: "button"}, child, …): strings become text nodes.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, className = "", attributes = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** A 24 x 24 icon of one filled path, hidden from screen readers. */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Set the sentence of a notice; an empty one takes no room (assets/page/styles). */
export function say(line, text) {
  setText(line, text);
  line.classList.toggle("tz-silent", !text);
}

/**
 * The first HTML element of a selector, or null; of the kind that the caller declares.
 *
 * @template {HTMLElement} [Kind=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {Kind | null}
 */
export const find = (selector, within = document) => within.querySelector(selector);

/**
 * All HTML elements of a selector.
 *
 * @template {HTMLElement} [Kind=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {NodeListOf<Kind>}
 */
export const findAll = (selector, within = document) => within.querySelectorAll(selector);

/**
 * The element within which an event happened, or null where that is the document or the window.
 *
 * @param {Event} event
 * @returns {Element | null}
 */
export const targetOf = ({ target }) => (target instanceof Element ? target : null);

export const isSeen = (element) => element.getClientRects().length > 0;

/** The scale at which an element's own pixels are shown. */
function zoomOf(element) {
  let zoom = 1;
  for (let at = element; at; at = at.parentElement) zoom *= Number(getComputedStyle(at).zoom) || 1;
  return zoom;
}

/** An element's box in its own pixels, which a frame may show larger. WebKit measures in these, others as shown. */
export function boxOf(element) {
  const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
  const shown = element.currentCSSZoom ?? 1;
  const own = Object.entries({ left, right, top, bottom, width, height }).map(([name, length]) => [
    name,
    length / shown,
  ]);
  return { zoom: element.currentCSSZoom ?? zoomOf(element), ...Object.fromEntries(own) };
}

let finger = "";
addEventListener("pointerdown", ({ pointerType }) => (finger = pointerType), true);

/** The source of a click: "mouse", "touch", "pen", or "" for a key. Some browsers' click events lack it. */
export const pressedBy = ({ pointerType, detail }) => pointerType ?? (detail ? finger : "");

const SPACES = /([␣⏎␍⇥]+)/;
const MARKS = /(‹(?:[0-9A-F]{2}(?: [0-9A-F]{2})*|U\+[0-9A-F]{4,6}|\d+)›)/;

/** The pieces of a label: text, white space (faint), and what is no character (small boxes). */
function pieces(token) {
  const found = [];
  for (const part of token.label.split(MARKS)) {
    if (MARKS.test(part) && !token.text.includes(part)) {
      for (const box of part.slice(1, -1).split(" ")) found.push(["tz-byte", box]);
    } else {
      for (const run of part.split(SPACES)) if (run) found.push([SPACES.test(run) ? "tz-space" : "", run]);
    }
  }
  return found;
}

/**
 * Show a token in `element`, isolated so that right-to-left text disturbs nothing around it.
 *
 * @param {Element} element
 * @param {Pick<Token, "label" | "text"> & Partial<Token>} token
 */
export function drawToken(element, token) {
  const isolate = document.createElement("bdi");
  if (token.isEnd) {
    isolate.append(make("span", "tz-end", {}, "⏹"));
  } else if (token.special) {
    isolate.append(make("span", "tz-special", {}, token.label));
  } else {
    isolate.append(...pieces(token).map(([kind, text]) => (kind ? make("span", kind, {}, text) : text)));
  }
  element.replaceChildren(isolate);
}

/**
 * Tokens one behind the other, each an element of its own.
 *
 * @param {Token[]} tokens
 */
export function tokenWords(tokens) {
  return tokens.map((token) => {
    const word = make("span");
    drawToken(word, token);
    return word;
  });
}

/**
 * Tokens as one text: their labels or, if some are parts of characters, their bytes decoded together.
 *
 * @param {Token[]} tokens
 */
export function textOf(tokens) {
  const labels = tokens
    .map(({ label }) => label)
    .join("")
    .replaceAll("␣", " ");
  if (!tokens.some(({ text }) => text.includes("\ufffd"))) return labels;
  const text = new TextDecoder().decode(new Uint8Array(tokens.flatMap(({ bytes }) => [...bytes])), { stream: true });
  return text.includes("\ufffd") ? labels : text;
}

const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]|[\ud802\ud803\ud83a\ud83b]/;

const ISOLATED = /\u2068[^\u2068\u2069]*\u2069/g;

/** Text from right to left, isolated so that it cannot reorder the sentence around it; once is enough. */
const isolated = (text) => (RIGHT_TO_LEFT.test(text.replace(ISOLATED, "")) ? `\u2068${text}\u2069` : text);

/** The first of the browser's languages that there are words in, or English. */
export function readersLanguage(setup) {
  return navigator.languages.map((code) => code.split("-")[0]).find((code) => code in setup.words) ?? "en";
}

/**
 * The words of one language: words("head.step", {step: 3, steps: 7}).
 *
 * @param {Setup} setup
 * @param {string} language
 * @returns {Words}
 */
export function wordsOf(setup, language) {
  const table = setup.words[language.split("-")[0]] ?? setup.words.en;
  return (key, blanks = {}) =>
    table[key].replace(/\{(\w+)\}/g, (blank, name) => (name in blanks ? isolated(String(blanks[name])) : blank));
}

let isOnPaper = false;

/** Whether all is drawn for paper from now on (paper.js). */
export const setOnPaper = (isIt) => (isOnPaper = isIt);

/** The name of the theme in which an element stands; on paper all is light. */
export const themeOf = (element) =>
  (isOnPaper ? "light" : "") || getComputedStyle(element).getPropertyValue("--scheme").trim() || "light";

/** @type {Set<{element: Element, target: EventTarget, kind: string, act: (event: any) => void, wasThere: boolean}>} */
const listening = new Set();

/**
 * Listen to what outlives an element, such as the document, until the element has been on the page and is gone: that is
 * looked at whenever another one begins to listen.
 *
 * @param {Element} element
 * @param {EventTarget} target
 * @param {string} kind
 * @param {(event: any) => void} act
 */
export function listenWhileThere(element, target, kind, act) {
  for (const one of listening) {
    one.wasThere ||= one.element.isConnected;
    if (!one.wasThere || one.element.isConnected) continue;
    one.target.removeEventListener(one.kind, one.act);
    listening.delete(one);
  }
  target.addEventListener(kind, act);
  listening.add({ element, target, kind, act, wasThere: element.isConnected });
}

/** Sends "change" whenever another theme may hold: that of the page, or that of the system. */
const themes = new EventTarget();
const noteTheme = () => themes.dispatchEvent(new Event("change"));
let isWatching = false;

/** Call back whenever another theme may hold, while an element is on the page. */
export function watchTheme(element, callback) {
  if (!isWatching) {
    isWatching = true;
    const observer = new MutationObserver(noteTheme);
    for (const root of [document.documentElement, document.body]) {
      observer.observe(root, { attributes: true, attributeFilter: ["class"] });
    }
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", noteTheme);
  }
  listenWhileThere(element, themes, "change", callback);
}

/** 32 bits that stand for a text (FNV-1a). */
export function hashOf(text) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(36).padStart(7, "0");
}

/** Hand a text to the reader as a file. A phone may still be asking what to do with it: it is kept for a while. */
export function download(text, type, name) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  make("a", "", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
