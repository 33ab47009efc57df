/* The lessons of the page: which there are, and the one that is open.
 * Leaves out: the lesson itself (assets/player/lesson.js). */
(() => {
  const { dom, Lesson, wordsOf } = window.Tsuzuki;

  class Lessons {
    constructor(root, { setup, language, trigger, goOn }) {
      Object.assign(this, { root, setup, language, trigger, name: null, entries: [] });
      root.classList.add("tsuzuki", "tz-lessons");
      this.troubles = dom.make("p", "tz-notice", { role: "status" });
      this.list = dom.make("ol", "tz-lesson-list");
      this.nav = dom.make("nav", "", {}, this.list);
      const place = dom.make("article");
      root.append(this.nav, dom.make("div", "", {}, this.troubles), place);
      this.lesson = new Lesson(place, { setup, language, goOn });
      place.hidden = true;
      this.setLanguage(language);
    }

    setLanguage(language) {
      const isNew = language !== this.language;
      this.language = language;
      this.words = wordsOf(this.setup, language);
      this.nav.setAttribute("aria-label", this.words("lesson.list"));
      this.lesson.setLanguage(language);
      this.#draw();
      if (isNew && this.name) this.open(this.name);
    }

    /** `value` is {lessons: model_utils.lessons.contents, troubles: sentences by language}, or {opened: a lesson}. */
    show(value) {
      if (value?.lessons) {
        this.entries = value.lessons;
        this.said = value.troubles;
        this.#draw();
      }
      const { opened } = value ?? {};
      if (!opened || !this.#isAsked(opened)) return;
      this.name = opened.name;
      this.lesson.show(opened);
      this.#mark();
    }

    /** Whether nothing else has been asked for since then, which is on its way. */
    #isAsked({ name, language }) {
      const { titles = {} } = this.entries.find((entry) => entry.name === name) ?? {};
      return name === (this.name ?? name) && (language === this.language || !(this.language in titles));
    }

    open(name) {
      this.name = name;
      this.trigger({ name, language: this.language });
      this.#mark();
      this.root.dispatchEvent(new CustomEvent("tsuzuki:lesson", { bubbles: true }));
    }

    #draw() {
      dom.setText(this.troubles, (this.said?.[this.language] ?? []).join("\n"));
      this.list.replaceChildren(...this.entries.map((entry) => this.#entry(entry)));
      this.#mark();
    }

    #entry({ name, titles }) {
      const language = this.language in titles ? this.language : Object.keys(titles)[0];
      const button = dom.make("button", "tz-lesson-entry", { type: "button", lang: language }, titles[language]);
      button.dataset.name = name;
      button.addEventListener("click", () => this.open(name));
      return dom.make("li", "", {}, button);
    }

    #mark() {
      for (const button of this.list.querySelectorAll("button")) {
        if (button.dataset.name === this.name) button.setAttribute("aria-current", "true");
        else button.removeAttribute("aria-current");
      }
    }
  }

  window.Tsuzuki.Lessons = Lessons;
})();
