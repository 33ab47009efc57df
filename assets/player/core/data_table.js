/* The twin of a picture: the same data as a table, folded away, and made only while it is open.
 * Leaves out: the data, which the picture gives. */

import * as dom from "./dom.js";

/** @typedef {[text: string, isNumber: boolean]} Head */

/**
 * @typedef {object} Content
 * @property {Head[]} heads
 * @property {(string | Node)[][]} rows
 */

export class Twin {
  #rows = [];
  #marked = null;

  /** @param {() => Content | null} content */
  constructor(content) {
    this.content = content;
    this.name = dom.make("summary");
    this.scroll = dom.make("div", "tz-table tz-twin-table", { tabindex: "0", role: "group" });
    this.element = dom.make("details", "tz-twin", {}, this.name, this.scroll);
    this.element.addEventListener("toggle", () => this.draw());
  }

  setName(name) {
    dom.setText(this.name, name);
    this.scroll.setAttribute("aria-label", name);
  }

  draw() {
    const content = this.element.open ? this.content() : null;
    this.#rows = content ? content.rows.map((cells) => this.#row(cells, content.heads)) : [];
    if (!content) return this.scroll.replaceChildren();
    const heads = content.heads.map(([text, isNumber]) =>
      dom.make("th", isNumber ? "tz-number" : "", { scope: "col" }, text),
    );
    const head = dom.make("thead", "", {}, dom.make("tr", "", {}, ...heads));
    this.scroll.replaceChildren(dom.make("table", "", {}, head, dom.make("tbody", "", {}, ...this.#rows)));
    return this.mark(this.#marked);
  }

  #row(cells, heads) {
    const made = cells.map((cell, at) => {
      const kind = heads[at][1] ? "tz-number" : "";
      return at === 0 ? dom.make("th", kind, { scope: "row" }, cell) : dom.make("td", kind, {}, cell);
    });
    return dom.make("tr", "", {}, ...made);
  }

  /** Mark a row as the step shown. */
  mark(index) {
    const [before, now] = [this.#rows[this.#marked], this.#rows[index]];
    this.#marked = index;
    before?.classList.remove("tz-current");
    before?.removeAttribute("aria-current");
    now?.classList.add("tz-current");
    now?.setAttribute("aria-current", "step");
  }
}
