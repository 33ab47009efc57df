/* What the page shows, as a frame for somebody's slides: a button, and a panel with lines to copy for plain HTML, reveal.js,
 * Marp and Quarto. The frame loads this page's own address with ?embed=1 (assets/player/frame/embed.js), or a saved page.
 * Leaves out: the address (address.js), and saving (save_page.js). */

import * as dom from "../../player/core/dom.js";
import { wordsOf } from "../../player/core/dom.js";
import { copyText } from "./copying.js";
import { pageName } from "./page_name.js";

const LONGEST_TITLE = 80;
/** The kind of picture that saves the file of a view. */
const SAVED = { step: "branches", map: "branches" };
const ESCAPES = { "&": "&amp;", '"': "&quot;", "<": "&lt;", ">": "&gt;", "`": "&#96;" };

/** Text as it may stand in an attribute, also of HTML that stands in Markdown. */
const escaped = (text) => text.replace(/[&"<>`]/g, (character) => ESCAPES[character]);

/** By name: the lines for a frame with this source and title, both escaped. */
const SNIPPETS = {
  html: (src, title) =>
    `<iframe src="${src}" title="${title}" style="width: 100%; aspect-ratio: 16 / 9; border: 0"></iframe>`,
  reveal: (src, title) =>
    `<section>\n  <iframe class="r-stretch" data-src="${src}" data-preload title="${title}" style="border: 0; max-width: none"></iframe>\n</section>`,
  marp: (src, title) =>
    `<style scoped>section { display: flex; flex-flow: column; }</style>\n<iframe src="${src}" title="${title}" style="flex: 1; width: 100%; min-height: 0; border: 0"></iframe>`,
  quarto: (src, title) =>
    `\`\`\`{=html}\n<iframe class="r-stretch" data-src="${src}" data-preload title="${title}" style="border: 0; max-width: none"></iframe>\n\`\`\``,
};
const NAMES = { html: "HTML", reveal: "reveal.js", marp: "Marp", quarto: "Quarto" };

export class Slides {
  #isFile = false;

  constructor(root, { setup, language, valueNow }) {
    this.setup = setup;
    this.valueNow = valueNow;
    this.button = dom.make("button", "tz-save-page", { type: "button", "aria-haspopup": "dialog" });
    this.button.addEventListener("click", () => this.#open());
    this.dialog = dom.make("dialog", "tsuzuki tz-slides", { "aria-labelledby": "tz-slides-title" });
    // The backdrop is the dialog itself, its inside is not.
    this.dialog.addEventListener("click", ({ target }) => target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("close", () => this.dialog.remove());
    root.append(this.button);
    this.setLanguage(language);
  }

  setLanguage(language) {
    this.words = wordsOf(this.setup, language);
    dom.setText(this.button, this.words("slides.open"));
    if (this.dialog.isConnected) this.#fill();
  }

  show() {}

  async #open() {
    const { TsuzukiPage } = window;
    this.state = TsuzukiPage.state();
    this.address = await TsuzukiPage.link();
    this.#isFile = !this.address;
    this.#fill();
    document.body.append(this.dialog);
    this.dialog.showModal();
  }

  /** The frame's source, from here or from a file. */
  get #source() {
    const { view, lesson, language } = this.state;
    const url = new URL(this.#isFile ? "file.html" : this.address, location.href);
    url.searchParams.set("embed", "1");
    url.searchParams.set("theme", dom.themeOf(document.body));
    if (!this.#isFile) return url.href;
    const params = new URLSearchParams({ embed: "1", theme: url.searchParams.get("theme"), language });
    const kind = SAVED[view] ?? view;
    return `${encodeURIComponent(lesson ? `${lesson}.html` : pageName(kind, this.valueNow(kind) ?? {}))}?${params}`;
  }

  get #title() {
    const { view, lesson, inputs } = this.state;
    const entry = lesson && document.querySelector(`.tz-lesson-entry[data-name="${CSS.escape(lesson)}"]`);
    const text = { step: inputs.prompt, map: inputs.prompt, duel: (inputs.duel_texts ?? []).join(" / ") }[view];
    const parts = entry ? [entry.textContent] : [this.words(`page.tab.${view}`), text?.replace(/\s+/g, " ").trim()];
    return `Tsuzuki: ${parts.filter(Boolean).join(": ")}`.slice(0, LONGEST_TITLE);
  }

  #fill() {
    const { words } = this;
    this.said = dom.make("p", "tz-slides-said", { role: "status" });
    const close = dom.make("button", "tz-slides-close", { type: "button", "aria-label": words("slides.close") }, "×");
    close.addEventListener("click", () => this.dialog.close());
    const title = dom.make("h2", "", { id: "tz-slides-title" }, words("slides.open"));
    const blocks = Object.keys(SNIPPETS).map((name) => this.#block(name));
    const inside = dom.make(
      "div",
      "tz-slides-inside",
      {},
      dom.make("header", "", {}, title, close),
      this.#choice(),
      ...blocks,
      this.said,
    );
    this.dialog.lang = this.state.language;
    this.dialog.replaceChildren(inside);
  }

  /** The frame's source: address or file. */
  #choice() {
    const { words } = this;
    const options = ["address", "file"].map((kind) => {
      const radio = dom.make("input", "", { type: "radio", name: "tz-slides-from", value: kind });
      radio.checked = this.#isFile === (kind === "file");
      radio.disabled = kind === "address" && !this.address;
      radio.addEventListener("change", () => this.#choose(kind));
      return dom.make("label", "", {}, radio, words(`slides.from.${kind}`));
    });
    const note = this.address ? "" : `${words("slides.long")}${words("language.between_sentences")}`;
    const kind = this.#isFile ? (this.state.lesson ? "lesson_help" : "file_help") : "address_help";
    const help = dom.make(
      "p",
      "tz-soft",
      {},
      note,
      words(`slides.${kind}`, { command: this.setup.command }),
      words("language.between_sentences"),
      words("slides.keys"),
    );
    return dom.make("fieldset", "", {}, dom.make("legend", "tz-spoken", {}, words("slides.from")), ...options, help);
  }

  #choose(kind) {
    this.#isFile = kind === "file";
    this.#fill();
    dom.find(`input[value="${kind}"]`, this.dialog).focus();
  }

  #block(name) {
    const { words } = this;
    const text = SNIPPETS[name](escaped(this.#source), escaped(this.#title));
    const heading = dom.make("h3", "", {}, NAMES[name]);
    const help = dom.make("span", "tz-soft", {}, words(`slides.${name}`));
    const copy = dom.make(
      "button",
      "tz-draw",
      { type: "button", "aria-label": words("slides.copy_named", { name: NAMES[name] }) },
      words("slides.copy"),
    );
    const lines = dom.make(
      "pre",
      "",
      { tabindex: "0", role: "group", "aria-label": NAMES[name] },
      dom.make("code", "", {}, text),
    );
    copy.addEventListener("click", () => this.#copy(name, text, lines));
    return dom.make(
      "section",
      "",
      { "data-kind": name },
      dom.make("div", "tz-slides-head", {}, heading, help, copy),
      lines,
    );
  }

  async #copy(name, text, lines) {
    dom.setText(this.said, "");
    const isCopied = await copyText(text, this.dialog);
    if (!isCopied) getSelection().selectAllChildren(lines);
    // Announced again only if it was gone.
    setTimeout(
      () => dom.setText(this.said, this.words(isCopied ? "slides.copied" : "slides.by_hand", { name: NAMES[name] })),
      50,
    );
  }
}
