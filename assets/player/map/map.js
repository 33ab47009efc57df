/* The probability map: all branches as one picture. Time runs to the right; a block is as high as its token's joint
 * probability given the prompt, so siblings stack up to their parent. Taken blocks are filled, candidates that no branch
 * has taken are faint, and the rest of a step is one quiet area. Zooming gives a block the whole height, so that improbable
 * tokens can be reached.
 * Leaves out: the tree itself (tree.js), and the steps, which are the player's. */

import { Twin } from "../core/data_table.js";
import { Details } from "../core/details.js";
import * as dom from "../core/dom.js";
import { wordsOf } from "../core/dom.js";
import * as formats from "../core/formats.js";
import { SaveMenu } from "../save/menu.js";
import { MapBar } from "./bar.js";
import { explained, label, LABEL_FROM, spoken } from "./block.js";
import { MapKeys } from "./keys.js";
import { endsOf, MapLegend, nameEnds } from "./marks.js";
import { mapTable } from "./table.js";
import { layOut, treeOf } from "./tree.js";
import "./map.css";

/** @import { Setup } from "../core/dom.js" */
/** @import { Player } from "../step/player.js" */
/** @import { Branches } from "../trace/branches.js" */
/** @import { Place } from "./tree.js" */

const COLUMNS = [104, 150];
const END_WIDTH = 170;
const HEIGHT = 520;
const CANDIDATES = 12;
/** Least height of an improbable block: at most 4 px, less where many branches would merge into one area. */
const lineOf = (branches) => Math.min(4, Math.max(1, 80 / branches));
const LEAST_REST = 3;
const THIN_BELOW = 6;
const BEGINNING = 90;
/** Pause between two drawings of a growing text, as a multiple of the time of the first. */
const RESTS = 4;

export class ProbabilityMap {
  /** Ids from the prompt to the place that has the whole height. */
  #zoom = [];
  #path = [];
  #first = "";
  #box = null;
  #restsUntil = 0;
  #drawing = null;

  /**
   * `openExample`, if given, opens the branches of an example on the page.
   *
   * @param {HTMLElement} root
   * @param {{setup: Setup, language: string, branches: Branches, player: Player, openExample?: () => void}} options
   */
  constructor(root, { setup, language, branches, player, openExample = null }) {
    this.root = root;
    this.setup = setup;
    this.branches = branches;
    this.player = player;
    this.openExample = openExample;
    root.classList.add("tsuzuki");
    this.details = new Details(root);
    this.where = dom.make("p", "tz-map-where", { role: "status" });
    this.out = this.#makeButton(() => this.#setZoom(this.#zoom.slice(0, -1)));
    this.in = this.#makeButton(() => this.#setZoom(this.#path));
    this.field = dom.make("div", "tz-map-field", { role: "tree" });
    this.keys = new MapKeys(
      this.field,
      (place) => `${place.isRest ? "rest" : place.token.id},${this.#idsTo(place.parent)}`,
    );
    this.scroll = dom.make("div", "tz-map", {}, this.field);
    this.caption = dom.make("p", "tz-caption");
    this.menu = new SaveMenu(this);
    const bar = dom.make("div", "tz-map-bar", {}, this.where, this.in, this.out, this.menu.element);
    this.over = new MapBar(this);
    this.legend = new MapLegend();
    this.twin = new Twin(() => mapTable(this));
    const parts = [this.over.element, bar, this.scroll, this.legend.element, this.caption, this.twin.element];
    root.prepend(dom.make("div", "tz-body", {}, ...parts));
    branches.onChange((kind) => (kind === "grow" ? this.#grow() : this.show()));
    player.root.addEventListener("tsuzuki:step", () => this.show());
    new ResizeObserver(() => this.show()).observe(root);
    this.setLanguage(language);
  }

  #makeButton(act) {
    const button = dom.make("button", "tz-draw", { type: "button" });
    button.addEventListener("click", act);
    return button;
  }

  setLanguage(language) {
    this.words = wordsOf(this.setup, language);
    dom.setText(this.in, this.words("map.in"));
    dom.setText(this.out, this.words("map.out"));
    dom.setText(this.caption, this.words(this.player.canGoOn ? "map.caption" : "map.caption_alone"));
    this.field.setAttribute("aria-label", this.words("map.label"));
    this.twin.setName(this.words("map.twin"));
    this.over.setWords(this.words);
    this.menu.setWords();
    this.show();
  }

  /** The height of 100 % in pixels; a style sheet may give the map less room. */
  get height() {
    return this.field.clientHeight || HEIGHT;
  }

  #setZoom(ids) {
    this.#zoom = ids;
    this.show();
  }

  /** A long text takes long to draw: while it grows, the page has most of its time for everything else. */
  #grow() {
    const rest = this.#restsUntil - performance.now();
    if (rest > 0) this.#drawing ??= setTimeout(() => this.#showGrown(), rest);
    else this.#showGrown();
  }

  #showGrown() {
    const begin = performance.now();
    this.show();
    this.#restsUntil = performance.now() + RESTS * (performance.now() - begin);
  }

  /** Draw what there is now; nothing while it is not seen. */
  show() {
    clearTimeout(this.#drawing);
    this.#drawing = null;
    if (!this.root.clientWidth || this.branches.list.length === 0) return;
    this.details.hide();
    const { root, prompt, trace } = treeOf(this.branches, this.over.steps);
    this.prompt = prompt;
    this.#path = this.#currentPath();
    const focus = this.#focus(root);
    const behind = layOut(focus, { count: CANDIDATES, least: LABEL_FROM / this.height, vocabSize: trace.vocabSize });
    const shown = behind.filter((place) => !place.isRest || place.height * this.height >= LEAST_REST);
    const ends = endsOf(shown, this.branches);
    this.#measure(shown, focus, ends.length ? END_WIDTH : 0);
    const names = nameEnds(ends, shown, this.#box, this.height);
    this.shown = shown;
    this.keys.replace(
      shown,
      shown.map((place) => this.#block(place, place.depth - focus.depth)),
      [this.#beginning(trace, focus)],
      names,
    );
    this.twin.draw();
    this.legend.show(this.branches, this.words);
    const isWithin = this.#idsTo(this.#find(root, this.#path)).every((id, at) => id === this.#zoom[at]);
    this.#showButtons(this.#zoom.length > 0, !isWithin);
    this.#say(focus);
    this.over.show(this.words);
  }

  /** If the focused button hides, the other one gets the focus. */
  #showButtons(canZoomOut, canZoomIn) {
    const focused = [this.out, this.in].find((button) => button === document.activeElement);
    [this.out.hidden, this.in.hidden] = [!canZoomOut, !canZoomIn];
    if (focused?.hidden) (focused === this.out ? this.in : this.out).focus();
  }

  /** The place that has the whole height: of branches that were not here before, the last that all of them share. */
  #focus(root) {
    const [{ key }] = this.branches.list;
    if (this.#first !== key) this.#zoom = this.#idsTo(this.#lastShared(root));
    this.#first = key;
    const focus = this.#find(root, this.#zoom);
    this.#zoom = this.#idsTo(focus);
    return focus;
  }

  #lastShared(root) {
    let at = root;
    const shared = () => [...at.children.values()].find((child) => child.branches.length === root.branches.length);
    while (root.branches.length > 1 && shared()) at = shared();
    return at;
  }

  /** The last place along these ids that exists and has children. */
  #find(root, ids) {
    let at = root;
    for (const id of ids) {
      if (!at.children.get(id)?.children.size) break;
      at = at.children.get(id);
    }
    return at;
  }

  #measure(shown, focus, endWidth) {
    const columns = 1 + Math.max(...shown.map(({ depth }) => depth - focus.depth), 0);
    const [least, most] = COLUMNS;
    const column = Math.floor(Math.min(most, Math.max(least, (this.root.clientWidth - endWidth) / columns)));
    this.column = column;
    this.field.style.width = `${columns * column + endWidth}px`;
    const { current, list } = this.branches;
    /** Where a place stands, in pixels. */
    this.#box = (place) => {
      const least = place.isRest ? 0 : lineOf(place.branches.includes(current.key) ? 1 : list.length);
      const top = Math.min(place.top * this.height, this.height - least);
      return {
        left: (place.depth - focus.depth) * column,
        top,
        width: column,
        height: Math.max(place.height * this.height, least),
      };
    };
  }

  #idsTo(place) {
    const ids = [];
    for (let at = place; at.parent; at = at.parent) ids.unshift(at.token.id);
    return ids;
  }

  /** The ids from the prompt to the step that the player shows. */
  #currentPath() {
    const { trace, index } = this.player;
    const ids = [];
    for (let at = this.prompt; trace && at <= index && at < trace.length; at += 1)
      ids.push(trace.step(at).chosen.token.id);
    return ids;
  }

  /** The prompt, and behind it the text that has the whole height; of a long one, its last characters. */
  #beginning(trace, focus) {
    const zoomed = [];
    for (let at = focus; at.parent; at = at.parent) zoomed.unshift(at.token);
    const prompt = trace.wire.steps.slice(0, this.prompt).map((_, index) => trace.step(index).chosen.token);
    const [before, behind] = [prompt, zoomed].map((tokens) => [...dom.textOf(tokens)]);
    const cut = Math.max(0, before.length + behind.length - BEGINNING);
    const text = [before.slice(cut), behind.slice(Math.max(0, cut - before.length))].map((characters) =>
      characters.join(""),
    );
    const line = dom.make("bdi", "", {}, cut ? "…" : "", text[0], dom.make("strong", "", {}, text[1]));
    const block = dom.make("div", "tz-block tz-block-prompt", {}, line);
    block.style.cssText = `left: 0; top: 0; width: ${this.column}px; height: ${this.height}px`;
    return block;
  }

  /**
   * @param {Place} place
   * @param {number} level
   */
  #block(place, level) {
    const { left, top, width, height } = this.#box(place);
    const kind = place.branches.length ? "tz-taken" : place.isRest ? "tz-rest" : "tz-free";
    const block = dom.make("button", `tz-block ${kind}`, { type: "button", role: "treeitem", "aria-level": level });
    block.style.cssText = `left: ${left}px; top: ${top}px; width: ${width}px; height: ${height}px`;
    label(block, place, { height, column: this.column, words: this.words });
    const isOnPath = place.branches.includes(this.branches.current.key);
    block.classList.toggle("tz-on-path", isOnPath);
    block.classList.toggle("tz-thin", height < THIN_BELOW);
    if (place.fate) block.classList.add(`tz-beam-${place.fate}`);
    const isAsDeep = place.depth === this.#path.length;
    if (isOnPath && isAsDeep && this.#idsTo(place).join() === this.#path.join())
      block.setAttribute("aria-current", "step");
    block.setAttribute("aria-label", spoken(place, this.words));
    this.details.attach(block, () => explained(place, this.words, this.player.canGoOn));
    block.addEventListener("click", () => this.#go(place));
    return block;
  }

  /** Go to a block's step; from a candidate that no branch has taken, go on; from the rest, go to the list of all. */
  #go(place) {
    const { branches, player } = this;
    let through = place;
    const untaken = [];
    for (; !through.branches.length; through = through.parent) untaken.unshift(through);
    const key = through.branches.includes(branches.current.key) ? branches.current.key : through.branches[0];
    if (key !== branches.current.key) branches.select(key);
    player.goTo(this.prompt + through.depth - (untaken.length ? 0 : 1));
    if (untaken.length && !place.isRest) player.goOnBy(this.prompt + through.depth, untaken);
    this.show();
  }

  #say(focus) {
    const blanks = { joint: formats.product(focus.total), token: focus.token?.label ?? "" };
    dom.setText(this.where, this.words(focus.parent ? "map.zoomed" : "map.whole", blanks));
  }

  savedItems() {
    return [{ name: "map", elements: [this.where, this.scroll, this.legend.element] }];
  }
}
