/* Base class of the pictures except the player: a root, a language, a box for details, a menu to save from, and a value
 * that is drawn anew whenever it or the language changes. Leaves out: the drawing. */

import { SaveMenu } from "../save/menu.js";
import { Details } from "./details.js";
import { wordsOf } from "./dom.js";

export class Picture {
  /** A subclass makes its elements, and then calls `setLanguage`, which draws; its `savedItems()` are those of save/menu.js. */
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
}
