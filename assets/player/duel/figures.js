/* The figures of a duel, a row a text; and the duel as a table for screen readers, a row a column of the picture.
 * Leaves out: the picture itself (rows.js, chart.js). */

import { term } from "../core/details.js";
import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";
import { countCharacters } from "../trace/trace.js";
import { riseOf } from "./chart.js";

const numberHead = (...content) => dom.make("th", "tz-number", { scope: "col" }, ...content);
const number = (text) => dom.make("td", "tz-number", {}, text);
const labelsOf = (tokens) =>
  tokens
    .map(({ token, logprob, index }) => `${token.label} ${index === null ? "–" : formats.product(logprob)}`)
    .join(", ");

const LONGEST_TEXT = 160;

/** A text, its middle left out where it is long. */
export function shortened(text) {
  const characters = [...text];
  const half = LONGEST_TEXT / 2;
  return characters.length > LONGEST_TEXT
    ? `${characters.slice(0, half).join("")} … ${characters.slice(-half).join("")}`
    : text;
}

/** The text, or the labels of its tokens where they are no whole characters. */
function textOf(tokens) {
  const shown = tokens.map(({ token }) => token).filter((token) => !token.special);
  const text = new TextDecoder().decode(new Uint8Array(shown.flatMap(({ bytes }) => [...bytes])));
  return text.includes("\ufffd")
    ? shown
        .map(({ label }) => label)
        .join("")
        .replaceAll("␣", " ")
    : text;
}

export class DuelFigures {
  constructor(duel) {
    this.duel = duel;
    this.element = dom.make("div", "tz-table tz-duel-figures", { tabindex: "0", role: "group" });
    this.table = dom.make("table", "tz-spoken");
    // A table cannot be smaller than its content or clip its caption: the element around it can.
    this.twin = dom.make("div", "tz-spoken", {}, this.table);
  }

  show(sides, layout, first, reference) {
    const { duel } = this;
    const { words } = duel;
    const nats = ` (${words("unit.nats", { value: "" }).trim()})`;
    const head = dom.make(
      "tr",
      "",
      {},
      dom.make("th", "", { scope: "col" }, ""),
      numberHead(term(duel, "logprob"), nats),
      numberHead(words("product.text")),
      numberHead(words("duel.mean"), nats),
      numberHead(term(duel, "perplexity")),
      numberHead(words("duel.per_character")),
      numberHead(words("duel.tokens")),
    );
    const rows = sides.map((side, row) => this.#row(side, first.has(row)));
    this.element.setAttribute("aria-label", words("duel.figures"));
    this.element.replaceChildren(
      dom.make("table", "", {}, dom.make("thead", "", {}, head), dom.make("tbody", "", {}, ...rows)),
    );
    this.#drawTwin(sides, layout, reference);
  }

  #row({ letter, trace, tokens, total }, isFirst) {
    const { words } = this.duel;
    const text = textOf(tokens);
    const label = dom.make(
      "th",
      "tz-label",
      { scope: "row" },
      dom.make("b", "", {}, letter),
      " ",
      dom.make("bdi", "", {}, shortened(text)),
    );
    if (isFirst) label.append(dom.make("span", "tz-duel-won", {}, ` ◂ ${words("duel.most")}`));
    const { length } = trace;
    const bytes = tokens
      .filter(({ token, index }) => index !== null && !token.special)
      .flatMap(({ token }) => [...token.bytes]);
    const characters = countCharacters(bytes);
    const shown =
      total === null
        ? ["–", "–", "–", "–", "–"]
        : [
            formats.fixed(total, 2),
            formats.product(total),
            formats.fixed(total / length, 2),
            formats.perplexity(trace.perplexity(length - 1)),
            characters ? formats.fixed(-total / Math.LN2 / characters, 2) : "–",
          ];
    return dom.make(
      "tr",
      isFirst ? "tz-duel-first" : "",
      {},
      label,
      ...[...shown, formats.fixed(length, 0)].map(number),
    );
  }

  /** A row for each column: the tokens in it, and the log-ratio after it. */
  #drawTwin(sides, layout, reference) {
    const { words } = this.duel;
    const others = sides.map((side, at) => ({ side, at })).filter(({ at }) => at !== reference);
    const values = others.map(({ at }) => new Map(riseOf(sides, layout, at, reference)));
    const head = dom.make(
      "tr",
      "",
      {},
      numberHead(words("duel.column")),
      ...sides.map(({ letter }) => numberHead(words("duel.text", { letter }))),
      ...others.map(({ side }) => numberHead(words("duel.ratio", { letter: side.letter }))),
    );
    const rows = Array.from({ length: layout.columns }, (_, column) => {
      const cells = layout.rows.map((row, at) => {
        const cell = row.cells.find(({ first }) => first === column);
        return dom.make(
          "td",
          "",
          {},
          cell ? labelsOf(sides[at].tokens.slice(cell.from, cell.to)) || words("duel.nothing") : "",
        );
      });
      const ratios = values.map((known) =>
        number(known.has(column + 1) ? formats.fixed(known.get(column + 1), 2) : ""),
      );
      const mark = layout.parted[column] ? `${column + 1} ≠` : String(column + 1);
      return dom.make("tr", "", {}, dom.make("th", "", { scope: "row" }, mark), ...cells, ...ratios);
    });
    const caption = dom.make("caption", "", {}, words("duel.twin"));
    this.table.replaceChildren(caption, dom.make("thead", "", {}, head), dom.make("tbody", "", {}, ...rows));
  }
}
