/* Fits a view to its frame: a large one enlarges everything, so that the back row can read it; a small one hides the least
 * important parts, in the order below, until the page need not scroll.
 *
 *   fitTo(stage)   from now on, whenever the frame or its contents change
 *
 * While a text is stepped through, parts are hidden but never shown again, so that the picture holds still. Parts unfolded by
 * the reader stay, and the frame scrolls. Leaves out: the elements of each part (embed.css). */

import * as dom from "../core/dom.js";
import { allPlayers } from "../core/players.js";

/** The frame for which the page's own sizes are meant. */
const [WIDTH, HEIGHT] = [960, 540];
const LARGEST = 2.5;
/** Firefox rounds a zoom to a multiple of this; a multiple stays as it is. */
const STEP = 1 / 64;
/** A page higher than its frame by less than this has no scroll bar. */
const ROUNDING = 0.25;
/** A narrower frame is no slide, but a page that is read by scrolling. */
const NARROW = 720;
/** Zooms to try once every part is hidden: a slide must be seen as a whole. */
const SMALLER = [0.9, 0.8];
/** Parts to hide, in this order; a number is the most bars that a step still has. */
const ORDER = [
  "tables",
  "notes",
  "draws",
  "cumulative",
  "about",
  "figures",
  "verdict",
  8,
  "timelines",
  "curve",
  "text",
  "factors",
  "steps",
  6,
  "slides",
  5,
  "knobs",
  "expected",
  "prices",
  "facts",
  4,
  "look",
  "title",
  3,
  "context",
  "strip",
];
/** Count hidden before the type gets smaller; the others after that. */
const FIRST = ORDER.indexOf("knobs");

let stage = null;
let room = 0;
let isUnfolded = false;
let folded = new Set();

function apply() {
  for (const name of ORDER) if (typeof name === "string") stage.classList.toggle(`tz-fold-${name}`, folded.has(name));
  const most = Math.min(...[...folded].filter((name) => typeof name === "number"));
  for (const player of allPlayers()) player.setRows(most);
}

const isTooHigh = () => dom.boxOf(stage).height > room + ROUNDING;

function fold(most = ORDER.length) {
  const left = ORDER.slice(0, most).filter((name) => !folded.has(name));
  if (isUnfolded || !left.length || !isTooHigh()) return;
  const gone = [];
  while (left.length && isTooHigh()) {
    gone.push(left.shift());
    folded.add(gone.at(-1));
    apply();
  }
  // The last may have made room for some that went before.
  for (const name of gone.slice(0, -1).reverse()) {
    folded.delete(name);
    apply();
    if (!isTooHigh()) continue;
    folded.add(name);
    apply();
  }
  redraw();
}

/** Pictures that were away when their width changed. */
function redraw() {
  for (const player of allPlayers()) player.timelines.redrawSoon();
}

function foldAt(zoom, most) {
  room = innerHeight / zoom;
  stage.style.zoom = zoom;
  stage.style.setProperty("--embed-height", `${Math.floor(room)}px`);
  folded = new Set();
  apply();
  fold(most);
  return !isTooHigh();
}

const inSteps = (zoom) => Math.floor(zoom / STEP) * STEP;

/** Fit another frame, or another text: the type gets smaller before further parts are hidden, but not too small. */
function reset() {
  isUnfolded = false;
  const largest = Math.min(LARGEST, Math.max(1, Math.min(innerWidth / WIDTH, innerHeight / HEIGHT)));
  const zooms = [1, 0.9, 0.8].map((part) => Math.max(1, inSteps(part * largest)));
  const smaller = innerWidth < NARROW ? [] : SMALLER.map(inSteps);
  zooms.some((zoom) => foldAt(zoom, FIRST)) || [...zooms, ...smaller].some((zoom) => foldAt(zoom)) || foldAt(1);
  redraw();
}

/** Fit for print: frames on slides that nobody has seen learn their size only now, or have none. */
function refit() {
  for (const player of allPlayers()) player.fit();
  if (innerWidth) reset();
}

/** Fit an element that holds all of the page, from now on. */
export function fitTo(element) {
  stage = element;
  addEventListener("resize", reset);
  addEventListener("beforeprint", refit);
  matchMedia("print").addEventListener("change", refit);
  for (const kind of ["tsuzuki:trace", "tsuzuki:drawn"]) document.addEventListener(kind, reset);
  document.addEventListener("tsuzuki:step", () => fold());
  stage.addEventListener("click", ({ target }) => (isUnfolded ||= Boolean(target.closest("summary, .tz-more"))), true);
  stage.addEventListener("click", ({ target }) => target.closest(".tz-lesson-show, .tz-guess-next") && reset());
  new ResizeObserver(() => fold()).observe(stage);
  reset();
}
