/* What models expected at one place of a text: each one's bars side by side, the text before them as that model read it.
 * Leaves out: which place it is (models.js, learning.js). */

import * as dom from "../core/dom.js";
import { Bars } from "../step/bars.js";
import "./expected.css";

const NARROW_PX = 520;
const BEFORE = 12;

export class Expected {
  #columns = [];

  /** `picture` has words, language, setup, details, and sides, each with a letter and a trace. */
  constructor(picture) {
    this.picture = picture;
    this.element = dom.make("div", "tz-expected");
  }

  /** The steps to show, one a side; null where a side has none. */
  show(places) {
    const { sides } = this.picture;
    while (this.#columns.length < sides.length) this.#columns.push(this.#makeColumn());
    this.#columns.forEach((column, at) => {
      column.element.hidden = at >= sides.length;
      if (at < sides.length) this.#fill(column, sides[at], places[at] ?? null);
    });
  }

  #makeColumn() {
    const reader = { canGoOn: false, knobs: null };
    const bars = new Bars(reader);
    const name = dom.make("h3", "tz-expected-name");
    const before = dom.make("p", "tz-expected-before");
    const message = dom.make("p", "tz-soft");
    const element = dom.make("section", "tz-expected-column", {}, name, before, message, bars.element);
    this.element.append(element);
    return { reader, bars, name, before, message, element };
  }

  #fill({ reader, bars, name, before, message, element }, { letter, trace }, index) {
    const { words, language, setup, details } = this.picture;
    Object.assign(reader, { words, language, setup, details, trace });
    dom.setText(name, letter);
    const isThere = index !== null;
    [bars.element.hidden, message.hidden, before.hidden] = [!isThere, isThere, !isThere];
    if (!isThere) return dom.setText(message, words("models.no_step"));
    const read = [...trace.context, ...Array.from({ length: index }, (_, at) => trace.step(at).chosen.token)];
    before.replaceChildren(
      ...(read.length > BEFORE ? ["… "] : []),
      ...dom.tokenWords(read.slice(-BEFORE)),
      dom.make("span", "tz-expected-next", { "aria-hidden": "true" }, "?"),
    );
    bars.setWords();
    bars.setNarrow(element.clientWidth < NARROW_PX);
    return bars.goTo(index);
  }
}
