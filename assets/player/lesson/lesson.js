/* One lesson: its text, and beside it the live picture, behind a question to the audience.
 *
 *   new Lesson(element, {setup, language: "ja"}).show(value);
 *
 * `value` comes from viz/text/lesson.py: {name, language, title, slides, text: a tree of elements, look, question,
 * answer, view, value: that of the view, or null while a model reads, step, guess}. With `goOn`, a button passes the
 * lesson on to it. Leaves out: the list of lessons. */

import * as dom from "../core/dom.js";
import { wordsOf } from "../core/dom.js";
import * as paper from "../frame/paper.js";
import { makeView } from "../views/registry.js";
import { Guess } from "./guess.js";
import "./lesson.css";

const STEPWISE = ["step", "score", "map"];
const TAGS = new Set("p em strong code pre ul ol li blockquote h2 h3 hr br a table thead tbody tr th td s".split(" "));

/** A tree of viz/text/markdown.py as elements, without unknown tags. */
function drawTree(nodes) {
  return nodes.map((node) => {
    if (typeof node === "string") return node;
    const [tag, { href }, ...children] = node;
    if (!TAGS.has(tag)) return "";
    const isLink = /^(https?:\/\/|#)/.test(href ?? "");
    return dom.make(tag, "", isLink ? { href, target: "_blank", rel: "noopener" } : {}, ...drawTree(children));
  });
}

/** Which slides of the lecture a lesson belongs to: "9", "4, 7" or "9-10". */
export function slidesOf(words, slides) {
  if (!slides) return "";
  return words(/^\d+$/.test(slides) ? "lesson.slide" : "lesson.slides", { slides: slides.replace(/-/g, "–") });
}

export class Lesson {
  constructor(root, { setup, language, goOn = null }) {
    this.root = root;
    this.setup = setup;
    this.language = language;
    this.goOn = goOn;
    this.view = null;
    this.value = null;
    root.classList.add("tsuzuki", "tz-lesson");
    this.title = dom.make("h2", "tz-lesson-title", { tabindex: "-1" });
    this.slides = dom.make("p", "tz-soft");
    this.text = dom.make("div", "tz-lesson-text");
    this.question = dom.make("p", "tz-lesson-question");
    this.open = dom.make("button", "tz-draw tz-lesson-show", { type: "button" });
    this.open.addEventListener("click", () => this.#reveal(true));
    this.asked = dom.make("div", "tz-lesson-asked", {}, this.question, this.open);
    this.waiting = dom.make("p", "tz-soft", { role: "status" });
    this.guessing = dom.make("div");
    this.look = dom.make("p", "tz-lesson-look");
    this.place = dom.make("div", "tz-lesson-picture");
    this.answer = dom.make("p", "tz-lesson-answer", { role: "status" });
    this.on = dom.make("button", "tz-draw", { type: "button" });
    this.on.addEventListener("click", () => this.goOn(this.value));
    this.live = dom.make(
      "div",
      "tz-lesson-live",
      {},
      this.waiting,
      this.look,
      this.guessing,
      this.place,
      this.answer,
      this.on,
    );
    const words = dom.make("div", "tz-lesson-words", {}, this.title, this.slides, this.text, this.asked);
    root.prepend(dom.make("div", "tz-lesson-columns", {}, words, this.live));
    paper.on(
      root,
      () => this.#lay(),
      () => this.value && this.#reveal(this.wasOpen),
    );
    this.setLanguage(language);
  }

  setLanguage(language) {
    this.language = language;
    this.words = wordsOf(this.setup, language);
    this.view?.setLanguage(language);
    this.guess?.setLanguage(language);
    dom.setText(this.on, this.words("lesson.go_on"));
    if (this.value) this.#draw();
  }

  show(value) {
    const isSame = value && this.value?.name === value.name && this.value.language === value.language;
    const isFresh = !isSame || JSON.stringify(this.value.value) !== JSON.stringify(value.value);
    if (!isSame) this.isOpen = !value?.question;
    this.value = value;
    if (isFresh) [this.view, this.guess] = [null, null];
    this.root.hidden = !value;
    if (!value) return;
    this.#draw();
  }

  #draw() {
    const { value, words } = this;
    this.root.setAttribute("lang", value.language);
    dom.setText(this.title, value.title);
    dom.setText(this.slides, slidesOf(words, value.slides));
    this.text.replaceChildren(...drawTree(value.text));
    dom.setText(this.question, value.question);
    dom.setText(this.look, value.look);
    dom.setText(this.answer, value.answer);
    dom.setText(this.open, words("lesson.show"));
    dom.setText(this.waiting, value.value ? "" : words("lesson.waiting"));
    this.#reveal(this.isOpen);
    this.root.dispatchEvent(new CustomEvent("tsuzuki:drawn", { bubbles: true }));
  }

  /** On paper the answer stands below the question. */
  #lay() {
    this.wasOpen = this.isOpen;
    if (this.value) this.#reveal(true);
  }

  /** The question stands alone until the audience has thought about it. */
  #reveal(isOpen) {
    const { value } = this;
    this.isOpen = isOpen;
    this.asked.hidden = !value.question;
    this.open.hidden = isOpen;
    const isShown = Boolean(isOpen && value.value);
    this.waiting.hidden = Boolean(value.value) || !isOpen;
    for (const element of [this.look, this.guessing]) element.hidden = !isShown;
    this.place.hidden = !isShown || (value.guess && !this.guess?.isRevealed);
    this.answer.hidden = !isShown || !value.answer || (value.guess && !this.guess?.isOver);
    this.on.hidden = !isShown || !this.goOn;
    if (isShown && !this.view) this.#fill();
  }

  #fill() {
    const { value, setup, language } = this;
    const [place, guessing] = [dom.make("div"), dom.make("div")];
    this.place.replaceChildren(place);
    this.guessing.replaceChildren(guessing);
    this.view = makeView(value.view, place, { setup, language, mapFirst: true });
    if (value.guess) {
      const onTurn = (wire) => this.#turn(wire);
      this.guess = new Guess(guessing, { setup, language, onTurn });
      this.guess.show(value.value, value.step);
      return;
    }
    this.view.show(value.value);
    if (STEPWISE.includes(value.view) && value.step) this.view.player.goTo(value.step - 1);
  }

  /** The trace up to the step that was guessed, or null while a guess is open. */
  #turn(wire) {
    if (wire) {
      this.view.show(wire);
      this.view.player.goTo(Infinity);
    }
    this.place.hidden = !wire;
    this.answer.hidden = !this.value.answer || !this.guess?.isOver;
  }
}
