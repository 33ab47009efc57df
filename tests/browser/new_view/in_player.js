/* A text's longest token. Leaves out: all others. */

import { isText } from "../core/checks.js";
import * as dom from "../core/dom.js";
import { Picture } from "../core/view_base.js";
import { register } from "./registry.js";

class Longest extends Picture {
  constructor(root, { setup, language }) {
    super(root, { setup, language }, "longest");
    this.said = dom.make("p", "tz-longest-said");
    root.prepend(this.said, this.menu.element);
    this.setLanguage(language);
  }

  draw() {
    dom.setText(this.said, this.value ? this.words("longest.said", { token: this.value.longest }) : "");
  }

  savedItems() {
    return [{ name: "longest", elements: [this.said] }];
  }
}

register("longest", Longest, { run: "#longest-run", inputs: { longest_text: isText } });
