/* Buttons that export a picture: as a frame for slides (slides.js), and as a page of its own, which the server makes from the
 * picture's value after validating it.
 * Leaves out: the values, which the page has. */

import * as dom from "../../player/core/dom.js";
import { wordsOf } from "../../player/core/dom.js";
import { addresses, isView } from "../../player/views/registry.js";
import { ask } from "../ask.js";
import { pageName } from "./page_name.js";
import { Slides } from "./slides.js";

export class SavePage {
  /** `view` is the kind of the picture, `valueNow` gives its value. */
  constructor(root, { setup, language, view, valueNow, hasValue }) {
    this.setup = setup;
    this.view = view;
    this.valueNow = valueNow;
    this.hasValue = hasValue;
    this.button = dom.make("button", "tz-save-page", { type: "button" });
    this.button.addEventListener("click", () => this.#save());
    this.said = dom.make("p", "tz-notice", { role: "status" });
    const row = root.appendChild(dom.make("div", "tz-save-page-row"));
    // A view without an address has no frame, such as a followed training.
    this.slides = isView(view) && !addresses()[view] ? null : new Slides(row, { setup, language, valueNow });
    row.append(this.button, this.said);
    this.setLanguage(language);
  }

  setLanguage(language) {
    this.language = language;
    this.words = wordsOf(this.setup, language);
    dom.setText(this.button, this.words("page.save_page"));
    this.slides?.setLanguage(language);
  }

  /** Nothing is to be saved before there is something to see. */
  show() {
    this.button.hidden = !this.hasValue(this.view);
    if (this.slides) this.slides.button.hidden = this.button.hidden;
  }

  async #save() {
    const { view, language } = this;
    dom.setText(this.said, "");
    this.button.disabled = true;
    const asked = { view, value: this.valueNow(view), language };
    const { html, said } = await ask("save", asked).catch(() => ({ said: this.words("page.unforeseen") }));
    this.button.disabled = false;
    if (html) dom.download(html, "text/html", pageName(view, asked.value));
    else dom.setText(this.said, said);
  }
}
