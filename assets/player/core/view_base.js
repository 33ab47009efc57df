/* Base class of the pictures except the player: a root, a language, a box for details, a menu to save from, and a value
 * that is drawn anew whenever it or the language changes. Leaves out: the drawing. */

import { SaveMenu } from "../save/menu.js";
import { Details } from "./details.js";
import { wordsOf } from "./dom.js";

/** @import { Setup } from "./dom.js" */

export class Picture {
  /**
   * A subclass makes its elements, and then calls `setLanguage`, which draws; its `savedItems()` are those of save/menu.js.
   *
   * @param {HTMLElement} root
   * @param {{setup: Setup, language: string}} options
   * @param {string} kind the name in classes of the style sheets
   */
  constructor(root, { setup, language }, kind) {
    this.root = root;
    this.setup = setup;
    this.language = language;
    this.value = null;
    root.classList.add("tsuzuki", `tz-${kind}`);
    this.details = new Details(root);
    this.menu = new SaveMenu(this);
    this.menu.element.classList.add("tz-save-below");
  }

  setLanguage(language) {
    this.language = language;
    this.words = wordsOf(this.setup, language);
    this.root.setAttribute("lang", language);
    this.menu.setWords();
    this.draw();
  }

  /** Plain data, or null for nothing. */
  show(value) {
    this.value = value;
    this.draw();
  }

  /** Draw the value in the language; each picture has its own way. */
  draw() {}

  /** @returns {import("../save/menu.js").SavedItem[]} */
  savedItems() {
    return [];
  }
}
