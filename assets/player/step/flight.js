/* The flight of a chosen token from its bar into the text. Leaves out: when it flies. */

import * as dom from "../core/dom.js";

/** @import { Token } from "../trace/trace.js" */

const FLY_MS = 180;
const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");

export class Flight {
  /** @type {Animation | null} */
  #flying = null;

  /**
   * Measure the way of a token from `start` to `end` within `root`; returns the function that starts it, or null for none.
   *
   * @param {HTMLElement} root
   * @param {HTMLElement | undefined} start
   * @param {HTMLElement | undefined} end
   * @param {Token} token
   */
  prepare(root, start, end, token) {
    if (this.#flying || stillness.matches || !start || !end?.clientWidth) return null;
    const [from, to, around] = [start, end, root].map(dom.boxOf);
    const ghost = dom.make("div", "tz-ghost", { "aria-hidden": "true" });
    dom.drawToken(ghost, token);
    ghost.style.left = `${from.left - around.left}px`;
    ghost.style.top = `${from.top - around.top}px`;
    const scale = Math.min(3, Math.max(1, (to.height * 0.7) / from.height));
    const path = [
      { transform: "none" },
      { transform: `translate(${to.left - from.left}px, ${to.top - from.top}px) scale(${scale})` },
    ];
    return () => {
      root.append(ghost);
      this.#flying = ghost.animate(path, { duration: FLY_MS, easing: "ease-in-out" });
      this.#flying.onfinish = this.#flying.oncancel = () => {
        ghost.remove();
        this.#flying = null;
      };
    };
  }
}
