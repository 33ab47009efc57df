/* The views in their groups: in a wide window the name of a group stands above its tabs, on a phone a group opens its own.
 * A press on a group goes to its view that was open last, or to its first.
 * Leaves out: the tabs themselves, which are Gradio's, and how both look (styles/tabs.css, styles/narrow.css). */

import * as dom from "../player/core/dom.js";
import { wordsOf } from "../player/core/dom.js";

const TABS = "#tabs [role=tab]";

export class Groups {
  /** The view that was open last, by group. */
  #last = new Map();

  constructor(_, { setup, language }) {
    this.setup = setup;
    this.groups = {};
    this.nav = dom.make("nav", "tz-groups");
    this.setLanguage(language);
    const changes = { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-selected"] };
    new MutationObserver(() => this.#mark()).observe(document.body, changes);
  }

  /** `value` has the names of the views by group. */
  show(value) {
    this.groups = value;
    this.#draw();
  }

  setLanguage(language) {
    this.words = wordsOf(this.setup, language);
    this.nav.setAttribute("aria-label", this.words("page.groups"));
    this.#draw();
  }

  #draw() {
    this.buttons = Object.keys(this.groups).map((name) => {
      const button = dom.make("button", "", { type: "button", "data-group": name }, this.words(`page.group.${name}`));
      button.addEventListener("click", () => this.#open(name));
      return button;
    });
    this.nav.replaceChildren(...this.buttons);
    this.#mark();
  }

  #open(name) {
    const view = this.#last.get(name) ?? this.groups[name][0];
    dom.find(`${TABS}[data-tab-id="${view}"]`)?.click();
  }

  /** Gradio draws its tabs anew when their words change; then the marks are gone. */
  #mark() {
    const bar = dom.find("#tabs > .tab-wrapper");
    const open = bar && this.#groupOf(dom.find("[role=tab][aria-selected=true]", bar));
    if (!open) return;
    if (this.nav.parentElement !== bar) bar.prepend(this.nav);
    for (const tab of dom.findAll("[role=tab]", bar)) {
      const name = this.#groupOf(tab);
      tab.dataset.group = name;
      tab.toggleAttribute("data-away", name !== open);
      if (tab.dataset.tabId === this.groups[name][0]) tab.dataset.groupName = this.words(`page.group.${name}`);
      if (tab.ariaSelected === "true") this.#last.set(name, tab.dataset.tabId);
    }
    for (const button of this.buttons) button.setAttribute("aria-expanded", String(button.dataset.group === open));
  }

  #groupOf(tab) {
    return Object.keys(this.groups).find((name) => this.groups[name].includes(tab?.dataset.tabId));
  }
}
