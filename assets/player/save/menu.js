/* A quiet menu that saves the items of a view: each picture as SVG and PNG, and for a trace its numbers.
 *
 *   view.menu = new SaveMenu(view);
 *
 * Leaves out: the drawing (snapshot.js). */

import * as dom from "../core/dom.js";
import * as snapshot from "./snapshot.js";

/** @import { Words } from "../core/dom.js" */

/** @typedef {{plot: HTMLElement, title: Element, mark?: Element}} Figure a figure of Plotly */
/** @typedef {[text: string | Blob, type: string, name: string]} File */

/**
 * One line of a menu: elements, figures, or files by format.
 *
 * @typedef {object} SavedItem
 * @property {string} name a word of `save.`
 * @property {HTMLElement[]} [elements]
 * @property {Figure[]} [figures]
 * @property {Record<string, () => File>} [files]
 */

/** @typedef {{root: HTMLElement, words: Words, place?: number, savedItems(): SavedItem[]}} SavedView `place` is a part of file names */

export class SaveMenu {
  /**
   * @param {SavedView} view
   * @param {string} [label]
   */
  constructor(view, label = "save.label_picture") {
    this.view = view;
    this.label = label;
    this.word = dom.make("summary", "tz-save-word");
    this.list = dom.make("ul", "tz-save-list");
    this.said = dom.make("p", "tz-save-said", { role: "status" });
    this.element = dom.make(
      "details",
      "tz-save",
      {},
      this.word,
      dom.make("div", "tz-save-box", {}, this.list, this.said),
    );
    this.word.addEventListener("click", () => this.element.open || this.#fill());
    this.element.addEventListener("focusout", (event) => this.#isOutside(event.relatedTarget) && this.close());
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && this.#leave(event));
    dom.listenWhileThere(view.root, document, "pointerdown", ({ target }) => this.#isOutside(target) && this.close());
  }

  setWords() {
    dom.setText(this.word, this.view.words(this.label));
    if (this.element.open) this.#fill();
  }

  close() {
    this.element.open = false;
  }

  #isOutside(target) {
    return target instanceof Node && !this.element.contains(target);
  }

  #leave(event) {
    event.stopPropagation();
    this.close();
    this.word.focus();
  }

  /** List the items whenever the menu opens, without those that are not seen just now. */
  #fill() {
    dom.setText(this.said, "");
    /** @param {SavedItem} item */
    const isThere = ({ elements, figures, files }) =>
      files ||
      (figures
        ? window.Plotly && figures.every(({ plot }) => plot.clientWidth)
        : elements.some((element) => element.getClientRects().length));
    this.list.replaceChildren(
      ...this.view
        .savedItems()
        .filter(isThere)
        .map((item) => this.#item(item)),
    );
  }

  #item(item) {
    const { words } = this.view;
    const name = words(`save.${item.name}`);
    const choices = item.files ?? { SVG: () => this.#svg(item), PNG: () => this.#png(item) };
    const buttons = Object.entries(choices).map(([format, file]) => {
      const button = dom.make(
        "button",
        "tz-save-format",
        { type: "button", "aria-label": words("save.as", { name, format }) },
        format,
      );
      button.addEventListener("click", () => this.#hand(file));
      return button;
    });
    return dom.make("li", "", {}, dom.make("span", "", {}, name), ...buttons);
  }

  async #hand(file) {
    dom.setText(this.said, "");
    const found = await Promise.resolve(file()).catch(() => null);
    if (found) dom.download(...found);
    else dom.setText(this.said, this.view.words("save.failed"));
  }

  #draw({ name, elements, figures }) {
    const title = `${this.view.words(`save.${name}`)} – Tsuzuki`;
    const { root } = this.view;
    return figures
      ? snapshot.drawFigures(root, figures, title)
      : snapshot.drawElements(
          root,
          elements.filter((element) => element.getClientRects().length),
          title,
        );
  }

  #fileName({ name }, ending) {
    const { place } = this.view;
    return `tsuzuki-${name}${place ? `-${place}` : ""}.${ending}`;
  }

  async #svg(item) {
    return [(await this.#draw(item)).svg, "image/svg+xml", this.#fileName(item, "svg")];
  }

  async #png(item) {
    return [await snapshot.toPng(await this.#draw(item)), "image/png", this.#fileName(item, "png")];
  }
}
