/* Buttons that export a picture: as a frame for slides (slides.js), and as a page of its own, which the server makes from the
 * picture's value after validating it.
 * Leaves out: the values, which the page has. */
(() => {
  const { Slides, ask, dom, pageName, wordsOf } = window.Tsuzuki;

  class SavePage {
    /** `view` is the kind of the picture, `valueOf` gives its value. */
    constructor(root, { setup, language, view, valueOf, hasValue }) {
      Object.assign(this, { setup, view, valueOf, hasValue });
      this.button = dom.make("button", "tz-save-page", { type: "button" });
      this.button.addEventListener("click", () => this.#save());
      this.said = dom.make("p", "tz-notice", { role: "status" });
      const row = root.appendChild(dom.make("div", "tz-save-page-row"));
      // No address names a followed training.
      this.slides = view === "learning" ? null : new Slides(row, { setup, language, valueOf });
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
      const asked = { view, value: this.valueOf(view), language };
      const { html, said } = await ask("save", asked).catch(() => ({ said: this.words("page.unforeseen") }));
      this.button.disabled = false;
      if (html) dom.download(html, "text/html", pageName(view, asked.value));
      else dom.setText(this.said, said);
    }
  }

  window.Tsuzuki.SavePage = SavePage;
})();
