/* The text as tokens: colour = surprisal, given underlined, generated filled, still to come faint. Built once a trace;
 * a step only toggles classes. Of its steps the current one is in the tab order; the arrows go to the others.
 * Leaves out: the numbers, which are in the box of each token. */

import { candidateDetails, contextDetails } from "../core/details.js";
import * as dom from "../core/dom.js";

/** @import { Player } from "./player.js" */

const LONG = 40;
const LINE_GAP = 13;

/** Give an element the colour of so many whole bits of surprisal. */
export function paint(element, bits) {
  element.style.setProperty("--fill", `var(--surprisal-${bits})`);
  element.style.setProperty("--fill-ink", `var(--surprisal-${bits}-ink)`);
  return element;
}

/** The legend of the colours, one for each whole bit. */
export function surprisalScale({ setup, words }) {
  const scale = dom.make("span", "tz-scale", {}, words("strip.scale"));
  const last = setup.surprisal_colours - 1;
  for (let bits = 0; bits <= last; bits += 1) {
    scale.append(paint(dom.make("span", "", {}, bits === last ? `${bits}+` : String(bits)), bits));
  }
  return scale;
}

export class Strip {
  #cells = [];
  #at = -1;

  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.element = dom.make("div", "tz-strip", { role: "group" });
    this.legend = dom.make("div", "tz-legend", { "aria-hidden": "true" });
    this.context = dom.make("span", "tz-context");
    this.element.append(this.context);
    this.element.addEventListener("click", (event) => {
      /** @type {HTMLElement | undefined} */
      const cell = dom.targetOf(event)?.closest(".tz-token[data-step]");
      if (cell) player.goTo(Number(cell.dataset.step));
    });
  }

  setWords() {
    const { words } = this.player;
    this.element.setAttribute("aria-label", words("strip.label"));
    const shown = this.player.factors ? [] : ["given", "generated"];
    const kinds = shown.map((kind) => dom.make("span", `tz-key tz-key-${kind}`, {}, words(`strip.${kind}`)));
    this.legend.replaceChildren(...kinds, surprisalScale(this.player));
  }

  /** Show a trace; where it goes on from the one shown, only the new tokens are added. */
  show(trace, isExtension) {
    if (!isExtension) {
      for (const cell of this.#cells) cell.remove();
      this.#cells = [];
      this.#at = -1;
      this.context.replaceChildren(...trace.context.map((token) => this.#contextCell(token)));
    }
    this.element.classList.toggle("tz-is-long", trace.length > LONG);
    this.legend.hidden = trace.length === 0;
    const last = this.#cells.length - 1;
    if (last >= 0) dom.drawToken(this.#cells[last], trace.step(last).chosen.token);
    for (let index = this.#cells.length; index < trace.length; index += 1) {
      const cell = this.#cell(trace, index);
      this.#cells.push(cell);
      this.element.append(cell);
    }
  }

  #contextCell(token) {
    const cell = dom.make("button", "tz-token tz-is-context", { type: "button" });
    dom.drawToken(cell, token);
    this.player.details.attach(cell, () => contextDetails(this.player.words, token), { beside: () => this.element });
    return cell;
  }

  #cell(trace, index) {
    const { chosen, given } = trace.step(index);
    const colour = Math.min(this.player.setup.surprisal_colours - 1, Math.floor(trace.surprisalBits(index)));
    const kind = given ? "tz-given" : "tz-generated";
    const cell = dom.make("button", `tz-token ${kind}`, { type: "button", "data-step": index, tabindex: "-1" });
    paint(cell, colour);
    cell.classList.toggle("tz-to-come", !this.player.factors);
    dom.drawToken(cell, chosen.token);
    const content = () => {
      const shown = this.player.trace;
      return candidateDetails(this.player.words, shown.step(index).chosen, shown.characterAround(index));
    };
    this.player.details.attach(cell, content, { beside: () => this.element });
    return cell;
  }

  goTo(index) {
    const cell = this.#cells[index];
    this.#keepInView(cell);
    const [from, to] = [Math.min(this.#at, index) + 1, Math.max(this.#at, index)];
    for (let at = Math.max(0, from); at <= to; at += 1)
      this.#cells[at].classList.toggle("tz-to-come", at > index && !this.player.factors);
    const before = this.#cells[this.#at];
    if (before) this.#mark(before, false);
    this.#mark(cell, true);
    if (before !== cell && document.activeElement === before) this.#moveFocus(cell);
    this.#at = index;
  }

  #mark(cell, isCurrent) {
    cell.classList.toggle("tz-current", isCurrent);
    cell.tabIndex = isCurrent ? 0 : -1;
    if (isCurrent) cell.setAttribute("aria-current", "step");
    else cell.removeAttribute("aria-current");
  }

  /** With the step, and without the box of the token, which would hide the bars at every step. */
  #moveFocus(cell) {
    cell.focus({ preventScroll: true });
    this.player.details.hide();
  }

  #keepInView(cell) {
    const { element } = this;
    if (element.scrollHeight <= element.clientHeight) return;
    const [top, bottom] = [cell.offsetTop, cell.offsetTop + cell.offsetHeight];
    if (top < element.scrollTop || bottom > element.scrollTop + element.clientHeight) {
      element.scrollTop = top - (bottom - top) - LINE_GAP;
    }
  }

  cell(index) {
    return this.#cells[index];
  }
}
