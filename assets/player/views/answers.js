/* Answers, each one bar made of its spellings, the most probable first, and one bar for anything else; below them, how
 * each spelling is cut into tokens.
 *
 *   new Answers(element, {setup, language: "en"}).show(value);   // value: model_utils/views/answers.py
 *
 * Leaves out: the sums, which come with the value. */

import { tokenHead } from "../core/details.js";
import { isText } from "../core/checks.js";
import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";
import { Picture } from "../core/view_base.js";
import { readToken } from "../trace/trace.js";
import { register } from "./registry.js";
import "./answers.css";

const FILLS = 5;
const STEPS = [1, 2, 3, 5, 7.5, 10];
const PROMPT_CHARACTERS = 120;
const LEAST_SHOWN = 1e-5;
/** The first two tokenisations of a spelling are shown, and others with at least this share of it. */
const LEAST_SHARE = 1e-3;

/** A probability, or its upper bound `missed` if nothing was found. */
function shown({ probability, missed }) {
  if (probability > 0 || missed === 0) return formats.percent(probability);
  return missed < LEAST_SHOWN ? formats.percent(missed) : `≤ ${formats.percent(missed)}`;
}

/** The smallest round number that is not below `longest`. */
function scaleFor(longest) {
  if (longest <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(longest));
  return Math.min(1, unit * STEPS.find((step) => step * unit >= longest * (1 - 1e-12)));
}

const scaleText = (scale) =>
  scale < LEAST_SHOWN ? formats.product(Math.log(scale)) : `${Number((scale * 100).toPrecision(2))} %`;

const byProbability = (one, other) => other.probability - one.probability;

/** The answers in falling probability, each with its spellings so; `isOwnPart`: it counts in one of the same answer. */
function sorted({ answers }) {
  const textAt = ([answer, spelling]) => answers[answer].spellings[spelling].text;
  const read = answers.map(({ probability, missed, spellings }, at) => {
    const all = spellings.map((spelling) => {
      const part = spelling.part_of;
      return {
        ...spelling,
        partOf: part && textAt(part),
        isOwnPart: part?.[0] === at,
        isShared: Boolean(part) && part[0] !== at,
      };
    });
    const counted = all.filter(({ isOwnPart }) => !isOwnPart).sort(byProbability);
    counted.forEach((spelling, place) => (spelling.fill = place % FILLS));
    return {
      name: spellings[0].text,
      probability,
      missed,
      counted,
      spellings: [...counted, ...all.filter(({ isOwnPart }) => isOwnPart)],
    };
  });
  return read.sort(byProbability);
}

const shownText = (text) => dom.make("bdi", "", {}, text);

export class Answers extends Picture {
  constructor(root, { setup, language }) {
    super(root, { setup, language }, "answers");
    this.prompt = dom.make("p", "tz-answers-prompt");
    this.said = dom.make("p", "tz-answers-said", { role: "status" });
    this.rows = dom.make("div", "tz-answers-rows", { role: "list" });
    this.caption = dom.make("p", "tz-caption");
    this.title = dom.make("h3", "tz-title tz-answers-title");
    this.figures = dom.make("div", "tz-table tz-answers-figures", { tabindex: "0", role: "group" });
    this.stage = dom.make(
      "div",
      "tz-answers-stage",
      { hidden: "" },
      this.prompt,
      this.said,
      this.rows,
      this.caption,
      this.title,
      this.figures,
      this.menu.element,
    );
    root.prepend(this.stage);
    this.setLanguage(language);
  }

  draw() {
    this.details.hide();
    this.stage.hidden = !this.value;
    if (!this.value) return;
    const { words } = this;
    const { prompt, rest, missed } = this.value;
    const answers = sorted(this.value);
    const scale = scaleFor(answers[0].probability);
    this.#drawPrompt(prompt);
    this.#say(answers);
    this.rows.setAttribute("aria-label", words("answers.label"));
    this.rows.replaceChildren(
      ...answers.map((answer, at) => this.#row(answer, scale, at === 0 && answer.probability > 0)),
      this.#rest(rest, scale),
    );
    dom.setText(this.title, words("answers.figures"));
    this.figures.setAttribute("aria-label", words("answers.figures"));
    this.figures.replaceChildren(this.#table(answers, rest));
    const sentences = [words("answers.caption", { scale: scaleText(scale) })];
    if (rest > scale) sentences.push(words("answers.broken"));
    if (answers.some(({ counted }) => counted.some(({ isShared }) => isShared)))
      sentences.push(words("answers.nested"));
    if (missed > 0) sentences.push(words("answers.missed", { missed: formats.product(Math.log(missed)) }));
    dom.setText(this.caption, sentences.join(this.words("language.between_sentences")));
  }

  #drawPrompt(prompt) {
    const characters = [...prompt];
    const end = characters.slice(-PROMPT_CHARACTERS).join("");
    const gap = dom.make("span", "tz-answers-gap", { "aria-hidden": "true" });
    this.prompt.replaceChildren(shownText(characters.length > PROMPT_CHARACTERS ? `… ${end}` : end), " ", gap);
  }

  #say(answers) {
    const { words } = this;
    const [first] = answers;
    const count = first.counted.length;
    const key = count > 1 ? "answers.said_together" : "answers.said";
    const sentences = first.probability > 0 ? [words(key, { answer: first.name, percent: shown(first), count })] : [];
    const single = answers.flatMap(({ counted }) => counted).sort(byProbability)[0];
    if (single.probability > first.counted[0].probability) {
      sentences.push(words("answers.alone", { spelling: single.text, percent: shown(single) }));
    }
    dom.setText(this.said, sentences.join("\n"));
  }

  #row(answer, scale, isFirst) {
    const track = dom.make("span", "tz-track", { "aria-hidden": "true" });
    let start = 0;
    for (const spelling of answer.counted) {
      const part = dom.make(
        "span",
        `tz-answers-part tz-answers-fill-${spelling.fill}${spelling.isShared ? " tz-answers-shared" : ""}`,
      );
      part.style.insetInlineStart = `${(start / scale) * 100}%`;
      part.style.width = `max(1px, ${(spelling.probability / scale) * 100}% - 2px)`;
      start += spelling.probability;
      this.details.attach(part, () => this.#explain(spelling), { beside: () => track });
      track.append(part);
    }
    const name = dom.make("span", "tz-answers-name", { title: answer.name }, shownText(answer.name));
    const percent = dom.make("span", "tz-percent", {}, shown(answer));
    const row = dom.make(
      "div",
      isFirst ? "tz-answers-row tz-answers-first" : "tz-answers-row",
      { role: "listitem" },
      name,
      track,
      percent,
    );
    row.append(dom.make("div", "tz-answers-keys", {}, ...answer.spellings.map((spelling) => this.#key(spelling))));
    return row;
  }

  /** A spelling with its percent; it explains itself. */
  #key(spelling) {
    const key = dom.make("button", "tz-answers-key", { type: "button" }, ...this.#swatch(spelling));
    key.append(
      shownText(spelling.text),
      " ",
      dom.make("span", "tz-number", {}, shown(spelling)),
      ...this.#part(spelling),
    );
    this.details.attach(key, () => this.#explain(spelling));
    return key;
  }

  #swatch({ isOwnPart, isShared, fill }) {
    const kind = `tz-answers-swatch tz-answers-fill-${fill}${isShared ? " tz-answers-shared" : ""}`;
    return isOwnPart ? [] : [dom.make("span", kind, { "aria-hidden": "true" })];
  }

  #part({ partOf, isOwnPart }) {
    if (!partOf) return [];
    return [
      " ",
      dom.make("span", "tz-soft", {}, this.words(isOwnPart ? "answers.counted" : "answers.part_of", { text: partOf })),
    ];
  }

  #rest(rest, scale) {
    const fill = dom.make("span", "tz-fill");
    fill.style.transform = `translateX(${(Math.min(1, rest / scale) - 1) * 100}%)`;
    const name = dom.make("span", "tz-answers-name", {}, this.words("answers.rest"));
    const track = dom.make("span", "tz-track", { "aria-hidden": "true" }, fill);
    const broken = rest > scale ? " tz-broken" : "";
    return dom.make(
      "div",
      `tz-answers-row tz-others${broken}`,
      { role: "listitem" },
      name,
      track,
      dom.make("span", "tz-percent", {}, formats.percent(rest)),
    );
  }

  #explain(spelling) {
    const head = tokenHead({ label: spelling.text, text: spelling.text });
    return [head, dom.make("p", "", {}, shown(spelling), ...this.#part(spelling)), ...this.#ways(spelling)];
  }

  /** The most probable tokenisations of a spelling, and the sum of the others. */
  #ways({ ways, count, probability }) {
    if (!ways.length) return [dom.make("p", "tz-soft", {}, this.words("answers.not_followed"))];
    const likely = ways.filter(({ logprob }, at) => at < 2 || Math.exp(logprob) >= LEAST_SHARE * probability);
    const lines = likely.map(({ tokens, logprob }) => {
      const chips = tokens.map((token) => {
        const chip = dom.make("span", "tz-answers-chip", { title: `${this.words("detail.id")} ${token[0]}` });
        dom.drawToken(chip, readToken(token));
        return chip;
      });
      return dom.make(
        "p",
        "tz-answers-way",
        {},
        dom.make("span", "tz-answers-chips", {}, ...chips),
        dom.make("span", "tz-number", {}, formats.product(logprob)),
      );
    });
    const others = probability - likely.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0);
    const percent = formats.percent(Math.max(others, Number.MIN_VALUE));
    const more = this.words("answers.more", { count: formats.fixed(count - likely.length, 0), percent });
    return count > likely.length ? [...lines, dom.make("p", "tz-soft", {}, more)] : lines;
  }

  #table(answers, rest) {
    const { words } = this;
    const heads = [
      ["", words("answers.spelling")],
      ["tz-number", words("term.probability")],
      ["", words("answers.ways")],
    ];
    const head = dom.make("tr", "", {}, ...heads.map(([kind, text]) => dom.make("th", kind, { scope: "col" }, text)));
    const total = (name, percent) =>
      dom.make(
        "tr",
        "tz-answers-total",
        {},
        dom.make("th", "tz-label", { scope: "rowgroup" }, name),
        dom.make("td", "tz-number", {}, percent),
        dom.make("td"),
      );
    const groups = answers.map((answer) => {
      const isOne = answer.spellings.length === 1;
      const rows = answer.spellings.map((spelling) => this.#tableRow(spelling, isOne));
      return dom.make("tbody", "", {}, ...(isOne ? [] : [total(shownText(answer.name), shown(answer))]), ...rows);
    });
    const last = dom.make("tbody", "", {}, total(words("answers.rest"), formats.percent(rest)));
    return dom.make("table", "", {}, dom.make("thead", "", {}, head), ...groups, last);
  }

  #tableRow(spelling, isAnswer) {
    const label = dom.make("th", "tz-label", { scope: "row" }, shownText(spelling.text), ...this.#part(spelling));
    const ways = dom.make("td", "tz-answers-ways", {}, ...this.#ways(spelling));
    return dom.make(
      "tr",
      isAnswer ? "tz-answers-total" : "tz-answers-spelling",
      {},
      label,
      dom.make("td", "tz-number", {}, shown(spelling)),
      ways,
    );
  }

  savedItems() {
    return [
      { name: "answers", elements: [this.prompt, this.said, this.rows, this.caption] },
      { name: "cuts", elements: [this.title, this.figures] },
    ];
  }
}

register("answers", Answers, {
  run: "#answers-run",
  inputs: { answers_prompt: isText, answers_typed: isText },
});
