/* Many scored texts as a table, how far the scoring has come, and the table as a CSV file.
 * Leaves out: the numbers and the CSV, which model_utils/views/protocol/table.py makes. */

import * as dom from "../player/core/dom.js";
import { wordsOf } from "../player/core/dom.js";
import * as formats from "../player/core/formats.js";
import { shortened } from "../player/duel/figures.js";

const MOST_NAMED = 12;
const DECIMALS = {
  tokens: 0,
  characters: 0,
  logprob_nats: 3,
  logprob_per_token_nats: 3,
  bits_per_character: 3,
  perplexity: 2,
};
const HEADINGS = {
  tokens: ["duel.tokens"],
  characters: ["figure.characters"],
  logprob_nats: ["term.logprob", "unit.nats"],
  logprob_per_token_nats: ["duel.mean", "unit.nats"],
  bits_per_character: ["duel.per_character"],
  perplexity: ["term.perplexity"],
};

export class Sheet {
  #value = null;

  constructor(root, { setup, language }) {
    this.setup = setup;
    this.said = dom.make("p", "tz-sheet-said", { role: "status" });
    this.bar = dom.make("progress", "tz-sheet-bar", { hidden: "" });
    this.save = dom.make("button", "tz-draw", { type: "button", hidden: "" });
    this.save.addEventListener("click", () => this.#save());
    this.scroll = dom.make("div", "tz-table tz-sheet", { tabindex: "0", role: "group", hidden: "" });
    this.more = dom.make("p", "tz-soft");
    const top = dom.make("div", "tz-sheet-top", {}, this.said, this.bar, this.save);
    root.append(dom.make("div", "tsuzuki tz-sheet-view", {}, top, this.scroll, this.more));
    this.setLanguage(language);
  }

  setLanguage(language) {
    this.words = wordsOf(this.setup, language);
    dom.setText(this.save, this.words("page.table.save"));
    this.scroll.setAttribute("aria-label", this.words("page.table"));
    this.show(this.#value);
  }

  /** `value` is null, {done, total} while the texts are scored, or what `table_to_wire` of model_utils/views/protocol/table.py gives. */
  show(value) {
    this.#value = value;
    const isDone = Boolean(value?.rows);
    this.bar.hidden = !value || isDone;
    this.save.hidden = this.scroll.hidden = !isDone;
    if (value && !isDone) Object.assign(this.bar, { max: value.total, value: value.done });
    dom.setText(this.said, value ? this.#sentence(value) : "");
    const isCut = isDone && value.rows.length < value.total;
    const blanks = isCut ? { shown: formats.fixed(value.rows.length, 0), total: formats.fixed(value.total, 0) } : {};
    dom.setText(this.more, isCut ? this.words("page.table.shown", blanks) : "");
    this.scroll.replaceChildren(...(isDone ? [this.#table(value)] : []));
  }

  #sentence({ done, total, failed }) {
    const count = (number) => formats.fixed(number, 0);
    if (!failed) return this.words("page.table.progress", { done: count(done), total: count(total) });
    if (!failed.length) return this.words(total === 1 ? "page.table.one" : "page.table.done", { total: count(total) });
    const rows = failed.slice(0, MOST_NAMED).map(count).join(", ") + (failed.length > MOST_NAMED ? ", …" : "");
    return this.words("page.table.failed", { done: count(total - failed.length), total: count(total), rows });
  }

  #table({ rows, columns }) {
    const head = dom.make(
      "tr",
      "",
      {},
      dom.make("th", "tz-number", { scope: "col" }, this.words("page.table.row")),
      dom.make("th", "", { scope: "col" }, this.words("page.table.text")),
      ...columns.map((name) => dom.make("th", "tz-number", { scope: "col" }, this.#heading(name))),
    );
    const body = dom.make("tbody", "", {}, ...rows.map((row, at) => this.#row(row, at + 1, columns)));
    return dom.make("table", "", {}, dom.make("thead", "", {}, head), body);
  }

  /** What the page calls a column, which has another name in the CSV. */
  #heading(name) {
    const [key, unit] = HEADINGS[name];
    return unit ? `${this.words(key)} (${this.words(unit, { value: "" }).trim()})` : this.words(key);
  }

  #row({ text, numbers, error }, number, columns) {
    const cells = error
      ? [dom.make("td", "tz-sheet-error", { colspan: columns.length }, this.words(error.key, error.blanks))]
      : numbers.map((one, at) =>
          dom.make("td", "tz-number", {}, one === null ? "–" : formats.fixed(one, DECIMALS[columns[at]])),
        );
    return dom.make(
      "tr",
      "",
      {},
      dom.make("td", "tz-number tz-sheet-row", {}, String(number)),
      dom.make("th", "tz-sheet-text", { scope: "row" }, dom.make("bdi", "", {}, shortened(text))),
      ...cells,
    );
  }

  #save() {
    dom.download(this.#value.csv, "text/csv", "scores.csv");
  }
}
