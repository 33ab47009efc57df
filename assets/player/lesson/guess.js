/* Guess the next token: the audience votes, then the token is shown, and what it cost the room and the model in bits.
 *
 * Both choose among the same options: a few tokens by name, and everything else as one. The model's probabilities are its own;
 * the room's are its shares of the votes, half a vote given to each option so that none is impossible (Krichevsky and
 * Trofimov, 1981). Votes are tapped, so that one student can play, and a lecturer can count hands.
 * Leaves out: the picture of the step, which the lesson shows afterwards. */

import * as dom from "../core/dom.js";
import { wordsOf } from "../core/dom.js";
import * as formats from "../core/formats.js";
import { Trace } from "../trace/trace.js";

const NAMED = 5;
const HALF_A_VOTE = 0.5;

const bitsOf = (probability) => -Math.log2(probability);

/** The options of a step: its most likely tokens, the chosen one among them, by label so that their order tells nothing. */
function optionsOf(trace, index) {
  const named = trace.candidates(index, NAMED).map(({ token, probability }) => ({ token, probability }));
  named.sort((one, other) => (one.token.label < other.token.label ? -1 : 1));
  const rest = 1 - named.reduce((sum, { probability }) => sum + probability, 0);
  return [...named, { token: null, probability: Math.max(0, rest) }].map((option) => ({ ...option, votes: 0 }));
}

export class Guess {
  constructor(root, { setup, language, onTurn }) {
    this.root = root;
    this.setup = setup;
    this.onTurn = onTurn;
    this.isRevealed = false;
    this.isOver = false;
    root.classList.add("tsuzuki", "tz-guess");
    this.text = dom.make("p", "tz-guess-text");
    this.prompt = dom.make("p", "tz-guess-prompt");
    this.list = dom.make("div", "tz-guess-options", { role: "group" });
    this.next = dom.make("button", "tz-draw tz-guess-next", { type: "button" });
    this.next.addEventListener("click", () => (this.isRevealed ? this.#begin(this.index + 1) : this.#reveal()));
    this.said = dom.make("p", "tz-guess-said", { role: "status" });
    this.total = dom.make("p", "tz-soft");
    root.append(this.text, this.prompt, this.list, this.next, this.said, this.total);
    this.words = wordsOf(setup, language);
  }

  setLanguage(language) {
    this.words = wordsOf(this.setup, language);
    if (this.trace) this.#draw();
  }

  /** A trace, and the step to begin with, counted from 1; without one, its first new token. */
  show(wire, step) {
    this.trace = new Trace(wire);
    this.bits = { room: 0, model: 0, tokens: 0 };
    const start = step ? step - 1 : this.trace.isGenerated ? this.trace.firstGenerated : 0;
    this.#begin(Math.min(start, this.trace.length - 1));
  }

  #begin(index) {
    this.index = index;
    this.isRevealed = false;
    this.options = optionsOf(this.trace, index);
    this.onTurn(null);
    this.#draw();
  }

  #reveal() {
    const { trace, index, options, bits } = this;
    const { chosen } = trace.step(index);
    const came = options.find(({ token }) => token?.id === chosen.token.id);
    const votes = options.reduce((sum, option) => sum + option.votes, 0);
    const share = (came.votes + HALF_A_VOTE) / (votes + HALF_A_VOTE * options.length);
    this.turn = { came, room: bitsOf(share), model: chosen.bits };
    bits.room += this.turn.room;
    bits.model += this.turn.model;
    bits.tokens += 1;
    this.isRevealed = true;
    this.isOver = index === trace.length - 1;
    this.#draw();
    this.onTurn({
      ...trace.wire,
      steps: trace.wire.steps.slice(0, index + 1),
      end: this.isOver ? trace.wire.end : "unfinished",
    });
  }

  #draw() {
    const { trace, index, isRevealed, words } = this;
    const before = trace.wire.steps.slice(0, index).map((_, at) => trace.step(at).chosen.token);
    const gap = dom.make("span", "tz-guess-gap", { "aria-hidden": "true" });
    if (isRevealed) dom.drawToken(gap, trace.step(index).chosen.token);
    this.text.replaceChildren(...dom.tokenWords(before), gap);
    dom.setText(this.prompt, words("guess.prompt"));
    this.list.setAttribute("aria-label", words("guess.prompt"));
    this.list.replaceChildren(...this.options.map((option) => this.#row(option)));
    dom.setText(this.next, words(isRevealed ? "guess.next" : "guess.reveal"));
    this.next.hidden = isRevealed && this.isOver;
    dom.setText(this.said, isRevealed ? this.#sentence() : "");
    const { bits } = this;
    const figures = { room: formats.fixed(bits.room, 1), model: formats.fixed(bits.model, 1), tokens: bits.tokens };
    dom.setText(this.total, bits.tokens > 0 ? words("guess.total", figures) : "");
  }

  #sentence() {
    const { came, room, model } = this.turn;
    const winner = Math.abs(room - model) < 0.05 ? "equal" : room < model ? "room" : "model";
    const token = came.token.isEnd ? "⏹" : came.token.label;
    const blanks = { token, room: formats.fixed(room, 2), model: formats.fixed(model, 2) };
    return this.words(`guess.said.${winner}`, blanks);
  }

  #row(option) {
    const { isRevealed, words } = this;
    const name = dom.make("span", "tz-guess-name");
    if (option.token) dom.drawToken(name, option.token);
    else dom.setText(name, words("guess.else"));
    const said = () => words(option.votes === 1 ? "guess.vote" : "guess.votes", { votes: option.votes });
    const votes = dom.make("span", "tz-guess-votes", {}, said());
    const plus = dom.make("button", "tz-guess-vote", { type: "button" }, name, votes);
    plus.disabled = isRevealed;
    const minus = dom.make(
      "button",
      "tz-more tz-guess-less",
      { type: "button", "aria-label": words("guess.less") },
      "−",
    );
    minus.hidden = isRevealed || option.votes === 0;
    const change = (by) => {
      option.votes = Math.max(0, option.votes + by);
      dom.setText(votes, said());
      minus.hidden = option.votes === 0;
    };
    plus.addEventListener("click", () => change(1));
    minus.addEventListener("click", () => {
      change(-1);
      plus.focus();
    });
    const row = dom.make("div", "tz-guess-row", {}, plus, minus);
    if (isRevealed) {
      const isIt = option === this.turn.came;
      row.classList.toggle("tz-guess-came", isIt);
      row.append(
        dom.make(
          "span",
          "tz-guess-model",
          {},
          words("guess.model", { probability: formats.percent(option.probability) }),
        ),
      );
    }
    return row;
  }
}
