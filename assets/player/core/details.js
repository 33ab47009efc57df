/* The box of a view that explains the hovered, focused or tapped element: a token's numbers, or a term in a sentence.
 * Leaves out: its content, which each view gives. */

import * as dom from "./dom.js";
import * as formats from "./formats.js";

/** @import { Candidate, Token } from "../trace/trace.js" */
/** @import { Words } from "./dom.js" */

const HOVER_MS = 120;
const GAP = 6;

export class Details {
  static #count = 0;
  #anchor = null;
  #timer = 0;

  constructor(root) {
    this.root = root;
    this.id = `tz-details-${Details.#count++}`;
    this.box = dom.make("div", "tz-details", { id: this.id, role: "tooltip", hidden: "" });
    this.box.addEventListener("pointerenter", () => clearTimeout(this.#timer));
    dom.listenWhileThere(root, document, "keydown", ({ key }) => key === "Escape" && this.hide());
    // A press of a button in the box must not move the focus: the box would be gone before the click.
    this.box.addEventListener("mousedown", (event) => dom.targetOf(event)?.closest("button") && event.preventDefault());
    this.box.addEventListener("pointerleave", () => this.#later(() => this.hide()));
    root.append(this.box);
  }

  /**
   * Explain `anchor` by what `content()` gives, at the given side of `beside()`, so that its neighbours stay free.
   *
   * @param {HTMLElement} anchor
   * @param {() => Node[] | null} content
   * @param {{side?: "below" | "above" | "right", beside?: () => HTMLElement}} [place]
   */
  attach(anchor, content, { side = "below", beside = () => anchor } = {}) {
    const open = () => this.#show(anchor, content(), side, beside());
    anchor.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && this.#later(open));
    anchor.addEventListener("pointerleave", () => this.#later(() => this.hide()));
    anchor.addEventListener("focus", () => anchor.matches(":focus-visible") && open());
    anchor.addEventListener("blur", () => this.hide());
    anchor.addEventListener("click", open);
  }

  #later(action) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, HOVER_MS);
  }

  hide() {
    clearTimeout(this.#timer);
    if (this.#anchor === null) return;
    this.#anchor.removeAttribute("aria-describedby");
    this.#anchor = null;
    this.box.hidden = true;
  }

  #show(anchor, content, side, beside) {
    this.hide();
    if (!content) return;
    this.box.replaceChildren(...content);
    this.box.hidden = false;
    this.#anchor = anchor;
    anchor.setAttribute("aria-describedby", this.id);
    this.#place(dom.boxOf(anchor), side, dom.boxOf(beside));
  }

  #place(anchor, side, beside) {
    const root = dom.boxOf(this.root);
    const { width, height } = dom.boxOf(this.box);
    const isRight = side === "right" && beside.right + GAP + width <= root.right;
    const left = isRight ? beside.right + GAP : Math.min(anchor.left, root.right - width);
    let top = isRight ? anchor.top : beside.bottom + GAP;
    if (!isRight && side !== "below") top = beside.top - height - GAP;
    if (!isRight && side === "below" && top + height > window.innerHeight / root.zoom) top = beside.top - height - GAP;
    this.box.style.left = `${Math.max(0, left - root.left)}px`;
    this.box.style.top = `${top - root.top}px`;
  }
}

/** A term with a dotted underline that explains itself. */
export function term(player, name) {
  const button = dom.make("button", "tz-term", { type: "button" }, player.words(`term.${name}`));
  player.details.attach(button, () => [dom.make("p", "", {}, player.words(`term.${name}.help`))]);
  return button;
}

export function tokenHead(token) {
  const head = dom.make("p", "tz-details-token");
  dom.drawToken(head, token);
  if (token.isEnd) head.append(" ", dom.make("span", "tz-special", {}, token.label));
  return head;
}

export function detailTable(rows) {
  const list = dom.make("dl");
  for (const [name, value] of rows) list.append(dom.make("dt", "", {}, name), dom.make("dd", "", {}, value));
  return list;
}

function bytesText(words, token, around) {
  if (token.special) return words("detail.special");
  const isHalf = token.text.includes("\ufffd") && !token.label.includes("‹U+FFFD›");
  const part = around ? words("detail.part_of", { character: around }) : words("detail.half");
  return isHalf ? `${token.hex} (${part})` : token.hex;
}

/**
 * Everything about a candidate; `around` is the character that half a character belongs to.
 *
 * @param {Words} words
 * @param {Candidate} candidate
 */
export function candidateDetails(words, candidate, around = "") {
  const { token, rank, logprob, probability, bits } = candidate;
  return [
    tokenHead(token),
    detailTable([
      [words("term.probability"), formats.percent(probability)],
      [words("term.rank"), formats.rank(rank)],
      [words("term.surprisal"), words("unit.bits", { value: formats.fixed(Math.max(0, bits), 2) })],
      [words("term.logprob"), words("unit.nats", { value: formats.fixed(logprob, 4) })],
      [words("detail.id"), String(token.id)],
      [words("detail.bytes"), bytesText(words, token, around)],
    ]),
  ];
}

/**
 * A token of the context.
 *
 * @param {Words} words
 * @param {Token} token
 */
export function contextDetails(words, token) {
  return [
    tokenHead(token),
    detailTable([
      [words("term.probability"), words("detail.no_probability")],
      [words("detail.id"), String(token.id)],
      [words("detail.bytes"), bytesText(words, token, "")],
    ]),
  ];
}
