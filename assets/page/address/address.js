/* The page and its address: the address's fragment follows the state of the page, and opening an address restores it.
 *
 *   address.state()            the state of the page (its fields: link.js)
 *   address.openState(state)   the reverse; fields missing in it stay as they are
 *   address.link()             the address of the state, "" if it would be too long
 *
 * Branches that are not kept here are requested by the event "recall" (model_utils/views/protocol/links.py). A link fills in
 * fields and shows their results; it loads no model that its reader has not chosen.
 * Leaves out: the fields (fields.js), and files (app.js, drop.js). */

import * as dom from "../../player/core/dom.js";
import { wordsOf } from "../../player/core/dom.js";
import * as embed from "../../player/frame/embed.js";
import { Branches } from "../../player/trace/branches.js";
import { addresses } from "../../player/views/registry.js";
import * as chosen from "./chosen.js";
import { copyText } from "../save/copying.js";
import { Fields } from "./fields.js";
import * as link from "./link.js";
import { outline } from "./outline.js";
import * as tabs from "./tabs.js";
import { Trail } from "./trail.js";

const REST_MS = 500;
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export class Address {
  #isTouched = false;
  #isOpening = false;
  #isAwaited = false;
  /** Whether what is awaited takes the place of the example that a visit begins with. */
  #isFirst = false;
  #timer = 0;
  /** The last address made, and its state. */
  #ready = null;
  #trail = new Trail((place) => this.#goBack(place));
  #stale = new Set();

  /** `page()` gives {store, player, show} once they exist; `kept` is the last visit's value, `lesson` the requested lesson. */
  constructor(root, { setup, language, trigger, page }) {
    this.setup = setup;
    this.trigger = trigger;
    this.page = page;
    this.kept = null;
    this.lesson = null;
    this.fields = new Fields(trigger);
    this.line = dom.make("p", "tz-notice tz-silent", { role: "status" });
    root.append(this.line);
    this.setLanguage(language);
    addEventListener("hashchange", () => this.#trail.isHere || this.openAddress());
    // Until a person does something, the address stays as it was opened.
    const onTouch = ({ isTrusted }) => (this.#isTouched ||= isTrusted);
    for (const kind of ["pointerdown", "keydown", "input", "drop"]) addEventListener(kind, onTouch, true);
    document.addEventListener("click", (event) => this.#onTab(dom.targetOf(event)?.closest("#tabs [role=tab]")));
    for (const kind of ["tsuzuki:step", "tsuzuki:knobs", "tsuzuki:lesson"])
      document.addEventListener(kind, () => this.noteSoon());
    document.addEventListener("tsuzuki:lesson", () => this.#isOpening || this.#trail.note(tabs.place()));
  }

  setLanguage(language) {
    this.language = language;
    this.words = wordsOf(this.setup, language);
    this.noteSoon();
  }

  show() {}

  say(key, blanks) {
    dom.say(this.line, key ? this.words(key, blanks) : "");
  }

  get isOpening() {
    return this.#isOpening;
  }

  state() {
    const { store, player } = this.page();
    const inputs = this.fields.values;
    const branches = outline(store);
    return {
      v: link.VERSION,
      ...tabs.place(),
      language: this.fields.language ?? this.language,
      inputs,
      ...link.slashesOf(inputs),
      ...player.spot,
      ...(branches && { branches }),
    };
  }

  async link() {
    const state = this.state();
    const text = await link.pack(state);
    const address =
      text.length > link.LONGEST ? "" : `${location.origin}${location.pathname}${location.search}#${text}`;
    this.#ready = { of: JSON.stringify(state), address };
    return address;
  }

  /** The address follows, once the page has come to rest. */
  noteSoon() {
    clearTimeout(this.#timer);
    if (!this.#isTouched || this.#isOpening || this.#isAwaited) return;
    this.#timer = setTimeout(() => this.#write(), REST_MS);
  }

  async #write() {
    // While a model goes on, every token would be an address.
    if ([...document.querySelectorAll("#stop, #map-stop")].some(dom.isSeen)) return this.noteSoon();
    const inputs = this.fields.values;
    chosen.note(
      link
        .modelFields()
        .map((name) => inputs[name])
        .filter((name) => name && !this.setup.models.includes(name)),
    );
    const place = tabs.place();
    const address = (await this.link()) || `${location.origin}${location.pathname}${location.search}`;
    // Meanwhile the reader may have gone on.
    if (location.href !== address && same(place, tabs.place())) this.#trail.write(address);
  }

  noteInputs(names, values) {
    this.fields.note(names, values);
    this.noteSoon();
  }

  /** Called when branches arrive, awaited or not. */
  noteBranches() {
    if (this.#isAwaited) embed.settle();
    this.#isAwaited = false;
    this.noteSoon();
  }

  /** The address's fragment. */
  get address() {
    return location.hash.slice(1);
  }

  async openAddress() {
    const text = this.address;
    if (!text) {
      this.#trail.stand(tabs.place());
      return embed.settle();
    }
    try {
      const { state, isWhole } = await link.read(text);
      await this.openState(state);
      if (!isWhole) this.say("link.part");
    } catch (error) {
      if (!(error instanceof link.LinkError)) throw error;
      this.say(error.key);
    } finally {
      this.kept = null;
      this.#trail.stand(tabs.place());
      if (!this.#isAwaited) embed.settle();
    }
  }

  /** Show a state that a reader has asked for on this page, as `openState` does. */
  async goOn(state, value) {
    await this.openState(state, value);
    this.#trail.note(tabs.place());
  }

  /** Show a state; with `value`, the branches or the trace that its view would compute. Throws a LinkError. */
  async openState(given, value = null) {
    const { state } = link.check({ ...given, v: given.v ?? link.VERSION });
    this.#isOpening = true;
    this.say("");
    try {
      const changed = await this.#fill(state);
      if (state.view) await this.#turnTo(state.view, state.lesson);
      this.#open(state, value);
      for (const [view, { run, inputs }] of Object.entries(addresses())) {
        if (run && (view === state.view || Object.keys(inputs).some((name) => changed.has(name))))
          this.#stale.add(view);
      }
      await this.#runStale(tabs.viewShown());
    } finally {
      this.#isOpening = false;
    }
  }

  /** Show the rest of a state once its branches are there: from a file, or computed again. */
  async resume({ language: _, ...rest }) {
    if (this.#isFirst) this.page().store.forgetChanges();
    this.#isFirst = false;
    try {
      // The reader's language stays, whatever the file has.
      await this.goOn(rest);
    } catch (error) {
      if (!(error instanceof link.LinkError)) throw error;
      this.say(error.key);
    }
  }

  /** @param {link.State} state */
  #open({ branches, step, knobs }, value) {
    const { store, player, show } = this.page();
    if (value?.branches || value?.steps) show(value);
    const newer = this.#newerThanAddress();
    if (newer) {
      store.fromValue(newer);
      store.forgetChanges();
      ({ step, knobs } = newer.spot);
    } else if (branches && !same(branches, outline(store))) {
      const kept = this.#keptAs(branches);
      if (!kept) return this.#recall(branches, { v: link.VERSION, step, knobs });
      store.fromValue(kept);
      store.forgetChanges();
    }
    player.spot = { step, knobs };
  }

  /** The kept value if the page is reloaded at the same address, as Gradio does when an app is back: it is newer than the
   * address, which is not updated during a run. */
  #newerThanAddress() {
    const [arrival] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
    return arrival?.type === "reload" && this.kept?.branches?.length && this.kept.address === location.hash
      ? this.kept
      : null;
  }

  /** The kept value if it equals the link's branches, which then need not be computed. */
  #keptAs(branches) {
    if (!this.kept?.branches?.length) return null;
    const probe = new Branches();
    probe.fromValue(this.kept);
    return same(branches, outline(probe)) ? this.kept : null;
  }

  #recall(branches, page) {
    this.#isAwaited = true;
    this.#isFirst = !this.#isTouched;
    this.trigger({ ...branches, page }, "recall");
  }

  /**
   * Fill the fields from a state; returns the names of those that differed.
   *
   * @param {link.State} state
   */
  async #fill({ inputs = {}, language }) {
    const allowed = [...this.setup.models, ...chosen.models()];
    const now = this.fields.values;
    const strange = link
      .modelFields()
      .filter((name) => name in inputs && ![...allowed, now[name]].includes(inputs[name]));
    if (strange.length)
      this.say("link.models", { models: [...new Set(strange.map((name) => inputs[name]))].join(", ") });
    const different = Object.entries(inputs).filter(([name, one]) => !strange.includes(name) && !same(one, now[name]));
    /** @type {Record<string, any>} */
    const fields = Object.fromEntries(different);
    if (language in this.setup.words && language !== this.language && !embed.language) fields.language = language;
    await this.fields.place(fields);
    // The next requests must be in the new language.
    for (let waited = 0; fields.language && this.language !== language && waited < tabs.PATIENCE_MS; waited += 20)
      await tabs.pause(20);
    return new Set(different.map(([name]) => name));
  }

  async #turnTo(view, lesson) {
    this.lesson = lesson;
    if (!(await tabs.turnTo(view, lesson))) this.say("link.lesson");
  }

  /** Go to a view, or a lesson, after the browser's Back or Forward; its contents stay as they are. */
  async #goBack({ view, lesson }) {
    await this.#turnTo(view, lesson ?? null);
    for (let waited = 0; tabs.viewShown() !== view && waited < tabs.PATIENCE_MS; waited += 20) await tabs.pause(20);
    this.noteSoon();
  }

  #onTab(tab) {
    if (!tab) return;
    if (!this.#isOpening) this.#trail.note(tabs.place(tab.dataset.tabId));
    this.noteSoon();
    if (!this.#isOpening) this.#runStale(tab.dataset.tabId);
  }

  async #runStale(view) {
    if (!this.#stale.delete(view)) return;
    (await tabs.comingElement(`${addresses()[view].run}:not([disabled])`))?.click();
  }

  /** The address is asked for and copied within the press: some browsers allow no copying later. */
  async copy() {
    const line = document.querySelector("#copied .tz-notice");
    dom.say(line, "");
    const address = this.#ready?.of === JSON.stringify(this.state()) ? this.#ready.address : this.link();
    const copied = copyText(address);
    const isCopied = await copied;
    // The address bar then has it.
    if (!isCopied) await this.#write();
    // Announced again only if it was gone.
    await tabs.pause(50);
    dom.say(line, this.words(isCopied ? "link.copied" : (await address) ? "link.by_hand" : "link.long"));
  }
}
