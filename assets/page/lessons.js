/* The lessons of the page: which there are, and the one that is open.
 * Leaves out: the lesson itself (assets/player/lesson/lesson.js). */

import * as dom from "../player/core/dom.js";
import { wordsOf } from "../player/core/dom.js";
import { Lesson } from "../player/lesson/lesson.js";
import { register } from "../player/views/registry.js";
import { ask } from "./ask.js";

class Lessons {
  /** `firstLesson` names the one to begin with, if one is asked for. */
  constructor(root, { setup, language, firstLesson, goOn }) {
    this.root = root;
    this.setup = setup;
    this.language = language;
    this.first = firstLesson;
    this.name = null;
    this.trouble = "";
    this.entries = [];
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

  /** `value` is {lessons: model_utils.views.lecture.lessons.contents, troubles: sentences by language}. */
  show({ lessons, troubles }) {
    [this.entries, this.said] = [lessons, troubles];
    this.#draw();
    const first = lessons.find(({ name }) => name === this.first()) ?? lessons[0];
    if (first && !this.name) this.open(first.name);
  }

  /** Show the text at once, and the picture once the models are done; the next request replaces both. */
  async open(name) {
    const asked = { name, language: this.language };
    this.name = name;
    this.asked = asked;
    this.trouble = "";
    this.#mark();
    this.root.dispatchEvent(new CustomEvent("tsuzuki:lesson", { bubbles: true }));
    for (const read of [false, true]) {
      const unforeseen = () => ({ said: this.words("page.unforeseen") });
      const { opened, said } = await ask("lesson", { ...asked, read }).catch(unforeseen);
      if (this.asked !== asked) return;
      this.trouble = said ?? "";
      this.#say();
      if (!opened) return;
      this.lesson.show(opened);
    }
  }

  #say() {
    dom.setText(this.troubles, [this.trouble, ...(this.said?.[this.language] ?? [])].filter(Boolean).join("\n"));
  }

  #draw() {
    this.#say();
    this.list.replaceChildren(...this.entries.map((entry) => this.#entry(entry)));
    this.#mark();
  }

  #entry({ name, titles }) {
    const language = this.language in titles ? this.language : Object.keys(titles)[0];
    const button = dom.make("button", "tz-lesson-entry", { type: "button", lang: language }, titles[language]);
    button.dataset.name = name;
    button.addEventListener("click", () => {
      this.open(name);
      this.lesson.root.scrollIntoView({ block: "nearest" });
    });
    return dom.make("li", "", {}, button);
  }

  #mark() {
    for (const button of this.list.querySelectorAll("button")) {
      if (button.dataset.name === this.name) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }
}

register("lessons", Lessons, {});
