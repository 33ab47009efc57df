/* An exported hand-out: every step of a text on paper, one below the other, each with the text before it, its bars and the
 * probability of the text so far. Leaves out: everything that moves. */

import { Details } from "./core/details.js";
import * as dom from "./core/dom.js";
import { wordsOf } from "./core/dom.js";
import * as formats from "./core/formats.js";
import { framePage, pageData } from "./frame/page_frame.js";
import { Bars } from "./step/bars.js";
import { Header } from "./step/header.js";
import { Headline } from "./step/headline.js";
import { Trace } from "./trace/trace.js";
import "./rows/expected.css";

const BARS = 6;

/** One step, drawn by parts of the player, to which this object is the player. */
class Sheet {
  constructor({ details, setup }) {
    this.details = details;
    this.setup = setup;
    this.canGoOn = false;
    this.knobs = null;
    this.bars = new Bars(this);
    this.bars.most = BARS;
    this.headline = new Headline(this);
    this.before = dom.make("p", "tz-sheet-before");
    this.price = dom.make("p", "tz-sheet-price");
    this.element = dom.make("section", "tz-sheet", {}, this.headline.element, this.before, this.bars.list, this.price);
  }

  show(trace, index, { words, language }) {
    this.trace = trace;
    this.words = words;
    this.language = language;
    for (const part of [this.headline, this.bars]) part.setWords();
    this.headline.goTo(index);
    this.bars.goTo(index);
    const read = [...trace.context, ...Array.from({ length: index }, (_, at) => trace.step(at).chosen.token)];
    this.before.replaceChildren(
      ...dom.tokenWords(read),
      dom.make("span", "tz-expected-next", { "aria-hidden": "true" }, "?"),
    );
    const total = trace.cumulative[index];
    const isWhole = index === trace.length - 1;
    dom.setText(
      this.price,
      `${words(isWhole ? "product.text" : "product.so_far")} = ${formats.product(total)}  (${words("unit.nats", { value: formats.fixed(total, 2) })})`,
    );
  }
}

class HandOut {
  constructor(root, { setup, language }) {
    this.root = root;
    this.setup = setup;
    this.language = language;
    root.classList.add("tsuzuki", "tz-hand-out");
    this.details = new Details(root);
    this.header = new Header(this);
    this.text = dom.make("p", "tz-sheet-text", { dir: "auto" });
    this.list = dom.make("div", "tz-sheets");
    root.prepend(this.text, this.header.element, this.list);
  }

  setLanguage(language) {
    this.language = language;
    this.words = wordsOf(this.setup, language);
    this.root.setAttribute("lang", language);
    if (this.trace) this.#draw();
  }

  show(wire) {
    this.trace = new Trace(wire);
    this.sheets = Array.from({ length: this.trace.length }, () => new Sheet(this));
    this.list.replaceChildren(...this.sheets.map(({ element }) => element));
    this.#draw();
  }

  #draw() {
    const { sheets, trace } = this;
    this.header.show(trace);
    dom.setText(
      this.text,
      dom.textOf(
        [
          ...trace.context.filter(({ special }) => !special),
          ...sheets.map((_, at) => trace.step(at).chosen.token),
        ].filter(({ special }) => !special),
      ),
    );
    sheets.forEach((sheet, index) => sheet.show(trace, index, this));
  }
}

const { value, ...page } = pageData();
const place = dom.make("div");
const handOut = new HandOut(place, page);
framePage(dom.make("main", "", {}, place), page, (code) => handOut.setLanguage(code));
handOut.show(value);
