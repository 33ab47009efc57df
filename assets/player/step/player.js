/* The step-through player: puts the views together and moves them from step to step.
 *
 *   const player = new Player(element, {setup, language: "ja", view: "step"});
 *   player.show(wire, {follow: true});
 *
 * `wire` is a trace (model_utils/trace/wire.py), `setup` that of viz/pages/assets.py; `view` is "step", or "score" for a text
 * whose factors are shown as a table. Every move sends a `tsuzuki:step` event from the element. With `branches`
 * (trace/branches.js) the player shows the current one; with a model to `ask`, it goes on from any candidate.
 * Leaves out: the source of traces. */

import { Details } from "../core/details.js";
import * as dom from "../core/dom.js";
import { wordsOf } from "../core/dom.js";
import { giveKeysTo } from "../core/keys.js";
import * as paper from "../frame/paper.js";
import { playerItems } from "../save/files.js";
import { SaveMenu } from "../save/menu.js";
import { Trace } from "../trace/trace.js";
import { Bars } from "./bars.js";
import { BranchBar } from "./branch_bar.js";
import { Controls } from "./controls.js";
import { Draws } from "../sampling/draws.js";
import { Factors } from "./factors.js";
import { Flight } from "./flight.js";
import { goOn, goOnBy } from "./going_on.js";
import { Header } from "./header.js";
import { Headline } from "./headline.js";
import { Knobs } from "../sampling/knobs.js";
import { Product } from "./product.js";
import { Strip } from "./strip.js";
import { Timelines } from "./timelines.js";

const NARROW_PX = 520;
/** How wide the timelines are on paper: layout.css. */
const PRINT_PX = 640;

/** @import { Setup } from "../core/dom.js" */
/** @import { SavedItem } from "../save/menu.js" */
/** @import { Branch, Branches } from "../trace/branches.js" */
/** @import { Wire } from "../trace/trace.js" */

/** @typedef {{step?: number, knobs?: Record<string, number>}} Spot */

/** @typedef {(branch: Pick<Branch, "key" | "wire">, more: object) => void} Ask */
/** @typedef {{setup: Setup, language?: string, view?: string, branches?: Branches, ask?: Ask}} Options `view`: "step" or "score" */

export class Player {
  #flight = new Flight();
  /** @type {Trace | null} */
  trace = null;
  index = -1;

  /**
   * @param {HTMLElement} root
   * @param {Options} options
   */
  constructor(root, { setup, language = "en", view = "step", branches = null, ask = null }) {
    this.root = root;
    this.setup = setup;
    this.language = language;
    this.branches = branches;
    this.ask = ask;
    this.words = wordsOf(setup, language);
    this.details = new Details(root);
    this.header = new Header(this);
    this.strip = new Strip(this);
    this.headline = new Headline(this);
    this.bars = new Bars(this);
    this.timelines = new Timelines(this);
    if (view === "score") {
      this.factors = new Factors(this);
    } else {
      this.product = new Product(this);
      this.controls = new Controls(this);
      this.knobs = new Knobs(this);
      this.draws = new Draws(this);
    }
    if (branches) this.branchBar = new BranchBar(this);
    this.menu = new SaveMenu(this, "save.label");
    this.#build(view);
    this.setTheme();
    this.setLanguage(language);
    giveKeysTo(this);
    this.#watch();
  }

  #build(view) {
    const { root } = this;
    root.classList.add("tsuzuki", `tz-view-${view}`);
    this.message = dom.make("p", "tz-message");
    this.foldWord = dom.make("summary");
    const prices = [this.product?.element, this.timelines.element, this.timelines.twin.element].filter(Boolean);
    this.side = dom.make("details", "tz-side", {}, this.foldWord, ...prices);
    this.side.addEventListener("toggle", () => this.side.open && this.timelines.open());
    if (this.draws) this.bars.element.append(this.draws.element);
    if (this.branchBar) this.bars.element.append(this.branchBar.form);
    const columns = dom.make("div", "tz-columns", {}, this.bars.element, this.side);
    const parts = [this.factors?.element, this.headline.element, columns, this.knobs?.element, this.controls?.element];
    this.stage = dom.make("div", "tz-stage", {}, ...parts.filter(Boolean));
    const text = dom.make("div", "tz-text", {}, this.strip.element, this.strip.legend);
    const about = dom.make("div", "tz-top", {}, this.header.element, this.menu.element);
    const top = [about, this.branchBar?.element].filter(Boolean);
    this.body = dom.make("div", "tz-body", {}, ...top, text, this.message, this.stage, this.headline.live);
    root.prepend(this.body);
  }

  #watch() {
    dom.watchTheme(this.root, () => this.theme !== dom.themeOf(this.root) && this.setTheme());
    new ResizeObserver(() => this.fit()).observe(this.root);
    paper.on(
      this.root,
      () => this.#lay(),
      () => this.#liftUp(),
    );
    this.branches?.onChange((kind) => this.#onBranches(kind));
  }

  /** On paper nothing can be unfolded. */
  #lay() {
    this.isFolded = !this.side.open;
    this.side.open = true;
    this.theme = dom.themeOf(this.root);
    this.timelines.redraw(PRINT_PX);
  }

  #liftUp() {
    if (this.isFolded) this.side.open = false;
    this.setTheme();
  }

  #onBranches(kind) {
    const { current } = this.branches;
    if (kind === "grow") {
      const isWaiting = this.trace?.length <= current.from;
      this.show(current.wire, { follow: !current.from });
      if (isWaiting) this.goTo(current.from);
    }
    // Of a new text the end is shown, of a branch the step where it leaves another, in however many parts it arrives.
    if (kind === "run") this.show(current.wire, { at: current.from || Infinity });
    if (kind === "select") this.show(current?.wire ?? null, { at: current?.from });
  }

  /** Send a notice, which the page around the player shows. */
  say(sentence) {
    this.root.dispatchEvent(new CustomEvent("tsuzuki:say", { detail: { sentence }, bubbles: true }));
  }

  get canGoOn() {
    return this.ask !== null;
  }

  /** Go on from before a step with several tokens of known logprob, as a beam search found them. */
  goOnBy(index, places) {
    if (this.canGoOn) goOnBy(this, index, places);
  }

  /** Go on from before the step shown: with one of its candidates, with typed text, or, with neither, from the end. */
  goOn(way) {
    if (this.canGoOn && this.trace) goOn(this, way);
  }

  /** Adapt to the width. A frame that nobody has seen, such as a slide's, observes no resize, but is printed. */
  fit() {
    const width = this.root.clientWidth;
    if (width === 0 || width === this.width) return;
    const isNarrow = width < NARROW_PX;
    if (this.width === undefined || this.width < NARROW_PX !== isNarrow) this.side.open = !isNarrow;
    this.width = width;
    this.bars.setNarrow(isNarrow);
    this.redrawStep();
    // A player that was made before it had a place on the page had no theme.
    this.setTheme();
  }

  /** No more bars than there is room for. */
  setRows(most) {
    if (this.bars.most === most) return;
    this.bars.most = most;
    this.redrawStep();
  }

  setTheme() {
    this.theme = dom.themeOf(this.root);
    this.timelines.redraw();
  }

  setLanguage(language) {
    this.language = language;
    this.words = wordsOf(this.setup, language);
    this.root.setAttribute("lang", language);
    this.body.setAttribute("role", "group");
    this.body.setAttribute("aria-label", this.words("player.label"));
    dom.setText(this.foldWord, this.words(this.factors ? "player.fold_score" : "player.fold"));
    this.menu.setWords();
    for (const view of this.#views) if ("setWords" in view) view.setWords();
    this.#redraw();
    this.timelines.redraw();
  }

  get #views() {
    const { headline, branchBar, strip, knobs, bars, draws, product, factors, timelines, controls } = this;
    return [headline, branchBar, strip, knobs, bars, draws, product, factors, timelines, controls].filter(Boolean);
  }

  /**
   * Show a trace, or null for none. A trace that goes on from the one shown keeps its place, unless it is followed.
   *
   * @param {Wire | null} wire
   * @param {{follow?: boolean, at?: number | null}} [place]
   */
  show(wire, { follow = false, at = null } = {}) {
    if (this.width === undefined) this.fit();
    const shown = this.trace;
    const trace = wire ? new Trace(wire) : null;
    const isExtension = Boolean(shown && trace?.extends(shown));
    const wasAtEnd = !isExtension || this.index === shown.length - 1;
    this.trace = trace;
    this.details.hide();
    if (!isExtension) {
      this.controls?.stop();
      this.index = -1;
    }
    if (trace) this.strip.show(trace, isExtension);
    const last = trace?.length - 1;
    if (trace?.length)
      this.index = follow && wasAtEnd ? last : Math.min(this.index < 0 ? at || trace.start : this.index, last);
    this.#redraw();
    this.timelines.redrawSoon();
    if (!isExtension) this.root.dispatchEvent(new CustomEvent("tsuzuki:trace", { bubbles: true }));
  }

  /** @returns {SavedItem[]} */
  savedItems() {
    return playerItems(this);
  }

  /** Which step this is, for the names of files. */
  get place() {
    return this.index + 1;
  }

  #redraw() {
    const { trace } = this;
    this.stage.hidden = !trace?.length;
    this.body.classList.toggle("tz-is-empty", !trace);
    const message = !trace ? "player.empty" : trace.length ? "" : "player.no_steps";
    this.message.hidden = !message;
    dom.setText(this.message, message ? this.words(message) : "");
    if (!trace) return;
    this.header.show(trace);
    this.factors?.show(trace);
    if (trace.length) this.#moveTo(this.index);
  }

  /** Go to a step; an index outside the trace goes to its nearest end. */
  goTo(index) {
    if (!this.trace?.length) return;
    const target = Math.min(this.trace.length - 1, Math.max(0, index));
    if (target === this.index) return;
    const flight = target === this.index + 1 ? this.#prepareFlight() : null;
    this.details.hide();
    this.#moveTo(target);
    flight?.();
    const detail = { index: target, steps: this.trace.length };
    this.root.dispatchEvent(new CustomEvent("tsuzuki:step", { detail, bubbles: true }));
  }

  /**
   * The step and the knobs that a visitor has chosen.
   *
   * @returns {Spot}
   */
  get spot() {
    return { ...(this.index >= 0 && { step: this.index }), knobs: { ...this.knobs.values } };
  }

  /** @param {Spot} spot */
  set spot({ step, knobs }) {
    if (knobs) this.knobs?.set(knobs);
    if (step !== undefined) this.goTo(step);
  }

  /** Of the chosen bar's token into the strip. */
  #prepareFlight() {
    const { bars, strip, trace, index, root } = this;
    return this.#flight.prepare(root, bars.chosenRow?.label, strip.cell(index), trace.step(index).chosen.token);
  }

  /** Draw the step anew: of other knobs, or with more or fewer bars. */
  redrawStep() {
    if (this.trace?.length) this.#moveTo(this.index);
  }

  #moveTo(index) {
    this.index = index;
    for (const view of this.#views) if ("goTo" in view) view.goTo(index);
  }
}
