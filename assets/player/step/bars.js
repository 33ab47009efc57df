/* The bars of one step: the most likely tokens, the chosen one marked, cut ones hatched, all others as one bar, or as two
 * where the knobs cut some. Rows are made once and filled at each step. Leaves out: the candidates
 * (`Trace.candidates`), and the effect of the knobs on them. */

import { candidateDetails } from "../core/details.js";
import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";
import "../sampling/knobs.css";

const SHOWN_WIDE = 10;
const SHOWN_NARROW = 6;
const SCALES = [0.1, 0.2, 0.3, 0.5, 0.75, 1];

export class Bars {
  #rows = [];
  #candidates = [];
  #index = 0;
  #isOpen = false;

  constructor(player) {
    this.player = player;
    this.wide = SHOWN_WIDE;
    this.most = Infinity;
    this.element = dom.make("section", "tz-bars");
    this.list = dom.make("div", "tz-rows", { role: "group" });
    this.others = this.#makeOthers("others");
    this.cutOthers = this.#makeOthers("cut");
    this.list.append(this.others.row, this.cutOthers.row);
    this.more = dom.make("button", "tz-more", { type: "button" });
    this.more.addEventListener("click", () => this.#toggle());
    this.caption = dom.make("p", "tz-caption");
    this.element.append(this.list, dom.make("div", "tz-under", {}, this.caption, this.more));
  }

  #toggle() {
    this.#isOpen = !this.#isOpen;
    const { player } = this;
    if ("redrawStep" in player) player.redrawStep();
    else this.goTo(this.#index);
  }

  setNarrow(isNarrow) {
    this.wide = isNarrow ? SHOWN_NARROW : SHOWN_WIDE;
  }

  /** Count of tokens with a bar until all are requested. */
  get shown() {
    return Math.min(this.wide, this.most);
  }

  setWords() {
    this.list.setAttribute("aria-label", this.player.words("bars.label"));
  }

  #makeRow(tag) {
    const row = dom.make(tag, "tz-row", tag === "button" ? { type: "button" } : {});
    const [rank, label, percent, mark] = ["rank", "label", "percent", "mark"].map((name) =>
      dom.make("span", `tz-${name}`),
    );
    const [fill, raw] = [dom.make("span", "tz-fill"), dom.make("span", "tz-raw")];
    const word = dom.make("span", "tz-mark-word");
    const arrow = dom.make("span", "tz-arrow", { "aria-hidden": "true" }, "◂ ");
    mark.append(arrow, word);
    row.append(rank, label, dom.make("span", "tz-track", {}, fill, raw), percent, mark);
    return { row, rank, label, percent, word, fill, raw, says: "" };
  }

  #makeOthers(kind) {
    const made = this.#makeRow("div");
    made.row.classList.add("tz-others", `tz-${kind}`);
    return made;
  }

  #row(at) {
    while (this.#rows.length <= at) {
      const position = this.#rows.length;
      const made = this.#makeRow("button");
      const content = () => this.#details(this.#candidates[position]);
      this.player.details.attach(made.row, content, { side: "right", beside: () => this.list });
      made.row.addEventListener("click", (event) => this.#goOn(event, this.#candidates[position]));
      this.others.row.before(made.row);
      this.#rows.push(made);
    }
    return this.#rows[at];
  }

  #details(candidate) {
    const { words, trace, canGoOn } = this.player;
    const isChosen = candidate.rank === trace.step(this.#index).chosen.rank;
    const content = candidateDetails(words, candidate, isChosen ? trace.characterAround(this.#index) : "");
    if (!canGoOn || isChosen) return content;
    const button = dom.make("button", "tz-more", { type: "button" }, words("branches.go_with"));
    button.addEventListener("click", () => this.player.goOn({ candidate }));
    return [...content, button];
  }

  /** A click or Enter goes on from a token that was not chosen. A finger first sees what it is about to do. */
  #goOn(event, candidate) {
    const isChosen = candidate.rank === this.player.trace.step(this.#index).chosen.rank;
    if (dom.pressedBy(event) === "touch" || isChosen) return;
    this.player.goOn({ candidate });
  }

  /** Fill the rows with the step's; every bar has its length on one scale, the smallest that holds all tokens. */
  goTo(index) {
    const { trace, knobs } = this.player;
    const { chosen, given } = trace.step(index);
    const shaped = knobs?.shaped(index) ?? null;
    this.#index = index;
    this.#candidates = trace.candidates(index, this.#isOpen ? Infinity : this.shown).map((candidate) => {
      if (!shaped) return { ...candidate, share: candidate.probability };
      const share = shaped.of(candidate);
      return { ...candidate, share, cut: share === 0 };
    });
    const others = this.#others(shaped);
    const longest = Math.max(
      ...this.#candidates.map(({ share, probability }) => Math.max(share, shaped ? probability : 0)),
    );
    const scale = SCALES.find((one) => one >= longest) ?? 1;
    this.list.classList.toggle("tz-shaped", Boolean(shaped));
    this.#candidates.forEach((candidate, at) => {
      this.#fill(this.#row(at), candidate, scale, candidate.rank === chosen.rank ? (given ? "given" : "chosen") : "");
    });
    this.#rows.forEach(({ row }, at) => (row.hidden = at >= this.#candidates.length));
    this.#fillOthers(this.others, others.kept, others.probability, scale, "bars.others");
    this.#fillOthers(this.cutOthers, others.cut, 0, scale, "bars.others_cut");
    this.parts = this.#candidates.map(({ rank, share }) => ({ key: rank, probability: share }));
    this.parts.push({ key: "others", probability: others.probability });
    this.#describe(
      scale,
      { isBroken: others.kept > 0 && others.probability > scale, isShaped: Boolean(shaped) },
      index,
    );
  }

  /** All tokens without a bar of their own: how many are kept, how many cut, and the probability of the kept ones. */
  #others(shaped) {
    const count = this.player.trace.vocabSize - this.#candidates.length;
    const probability = Math.max(0, 1 - this.#candidates.reduce((sum, { share }) => sum + share, 0));
    if (!shaped) return { kept: count, cut: 0, probability };
    const isKept = (share) => share > 0;
    const all = shaped.others.kept + shaped.probabilities.filter(isKept).length;
    const kept = Math.max(0, Math.min(count, all - this.#candidates.filter(({ share }) => isKept(share)).length));
    return { kept, cut: count - kept, probability: kept > 0 ? probability : 0 };
  }

  #fill(row, candidate, scale, chosen) {
    const { words } = this.player;
    dom.setText(row.rank, formats.rank(candidate.rank));
    dom.drawToken(row.label, candidate.token);
    dom.setText(row.percent, formats.percent(candidate.share));
    this.#setLength(row.fill, candidate.cut ? candidate.probability : candidate.share, scale);
    this.#setLength(row.raw, candidate.probability, scale);
    row.row.classList.toggle("tz-chosen", chosen !== "");
    row.row.classList.toggle("tz-cut", candidate.cut);
    this.#setWord(
      row,
      [chosen && words(`bars.${chosen}`), candidate.cut && words("bars.cut")].filter(Boolean).join(" · "),
    );
  }

  #setWord(row, text) {
    row.says = text;
    dom.setText(row.word, text);
  }

  #fillOthers(row, count, probability, scale, key) {
    row.row.hidden = count <= 0;
    if (count <= 0) return;
    dom.setText(row.label, this.player.words(key, { count: formats.fixed(count, 0) }));
    dom.setText(row.percent, formats.percent(probability));
    this.#setLength(row.fill, probability, scale);
    this.#setWord(row, "");
    row.row.classList.toggle("tz-broken", probability > scale);
  }

  #setLength(element, probability, scale) {
    element.style.transform = `translateX(${(Math.min(1, probability / scale) - 1) * 100}%)`;
  }

  /** Beside each bar, how often its token was drawn. */
  showDraws({ counts, total }) {
    const show = (row, key) => {
      const count = counts.get(key) ?? 0;
      dom.setText(row.word, total > 0 ? `${formats.fixed(count, 0)} ×` : row.says);
    };
    this.#candidates.forEach(({ rank }, at) => show(this.#rows[at], rank));
    show(this.others, "others");
    this.list.classList.toggle("tz-drawn", total > 0);
  }

  labelOf(rank) {
    return this.#candidates.find((candidate) => candidate.rank === rank)?.token.label;
  }

  #describe(scale, { isBroken, isShaped }, index) {
    const { words, trace } = this.player;
    const { sampling } = trace.wire;
    const { given, count } = trace.step(index);
    const key = isShaped ? "bars.caption_shaped" : "bars.caption";
    const sentences = [words(key, { count: formats.fixed(trace.vocabSize, 0), scale: `${scale * 100} %` })];
    if (isBroken) sentences.push(words("bars.broken"));
    const isGreedy = !isShaped && !given && sampling?.temperature === 0 && sampling.repetition_penalty === 1;
    if (isGreedy) sentences.push(words("bars.argmax"));
    dom.setText(this.caption, sentences.join(words("language.between_sentences")));
    this.more.hidden = count <= this.shown;
    dom.setText(this.more, this.#isOpen ? words("bars.fewer") : words("bars.more", { count }));
    this.more.setAttribute("aria-expanded", String(this.#isOpen));
  }

  /** The row of the chosen token. */
  get chosenRow() {
    return this.#rows.find(({ row }) => !row.hidden && row.classList.contains("tz-chosen"));
  }
}
