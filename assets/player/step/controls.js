/* First, previous, next, last, play and the slider. Leaves out: the keys, which are in keys.js. */

import * as dom from "../core/dom.js";

/** @import { Player } from "./player.js" */

const STEP_MS = 900;
const ICONS = {
  first: "M5 5h2.5v14H5z M20 5v14L9 12z",
  previous: "M17 5v14L6 12z",
  next: "M7 5v14l11-7z",
  last: "M16.5 5H19v14h-2.5z M4 5v14l11-7z",
  play: "M7 5v14l11-7z",
  pause: "M6.5 5h4v14h-4z M13.5 5h4v14h-4z",
};

export class Controls {
  #timer = 0;

  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.buttons = {};
    const steps = dom.make("div", "tz-buttons");
    const moves = {
      first: () => player.goTo(0),
      previous: () => player.goTo(player.index - 1),
      next: () => player.goTo(player.index + 1),
      last: () => player.goTo(Infinity),
    };
    for (const [name, move] of Object.entries(moves)) steps.append(this.#makeButton(name, move));
    this.playWord = dom.make("span");
    this.play = dom.make("button", "tz-button tz-play", { type: "button" });
    this.play.addEventListener("click", () => this.togglePlay());
    this.slider = dom.make("input", "tz-slider", { type: "range", min: "1", step: "1" });
    this.slider.addEventListener("input", () => {
      this.stop();
      player.goTo(Number(this.slider.value) - 1);
    });
    this.element = dom.make("div", "tz-controls", { role: "group" }, steps, this.play, this.slider);
  }

  #makeButton(name, move) {
    const button = dom.make("button", "tz-button", { type: "button" }, dom.icon(ICONS[name]));
    button.addEventListener("click", () => {
      this.stop();
      move();
    });
    this.buttons[name] = button;
    return button;
  }

  setWords() {
    const { words } = this.player;
    this.element.setAttribute("aria-label", words("controls.label"));
    for (const [name, button] of Object.entries(this.buttons)) {
      button.setAttribute("aria-label", words(`controls.${name}`));
      button.title = words(`controls.${name}`);
    }
    this.slider.setAttribute("aria-label", words("controls.slider"));
    this.#drawPlay();
  }

  #drawPlay() {
    const name = this.#timer ? "pause" : "play";
    this.play.replaceChildren(dom.icon(ICONS[name]), this.player.words(`controls.${name}`));
  }

  goTo(index) {
    const { length } = this.player.trace;
    this.slider.max = String(length);
    this.slider.value = String(index + 1);
    this.slider.setAttribute("aria-valuetext", this.player.words("head.step", { step: index + 1, steps: length }));
    this.#disable(["first", "previous"], index === 0);
    this.#disable(["next", "last"], index === length - 1);
  }

  /** Not the attribute `disabled`, which would take the focus away from under the finger. */
  #disable(names, isDisabled) {
    for (const name of names) this.buttons[name].setAttribute("aria-disabled", String(isDisabled));
  }

  togglePlay() {
    if (this.#timer) return this.stop();
    const { player } = this;
    if (!player.trace?.length) return undefined;
    if (player.index === player.trace.length - 1) player.goTo(player.trace.start);
    this.#schedule();
    return this.#drawPlay();
  }

  #schedule() {
    this.#timer = setTimeout(() => {
      this.player.goTo(this.player.index + 1);
      if (this.player.index < this.player.trace.length - 1) this.#schedule();
      else this.stop();
    }, STEP_MS);
  }

  stop() {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#drawPlay();
  }
}
