/* The parts of printing that a style sheet cannot do: scrolling elements shrink to the width of a sheet, folds are open, and
 * pictures are light. A frame on a slide is printed as it is seen.
 *
 *   paper.on(element, lay, back)   called when printing begins, and when it is over, while the element is on the page
 *
 * Leaves out: what is not printed (layout.css). */

import * as dom from "../core/dom.js";
import * as embed from "./embed.js";

/** A4 and Letter with the margins that browsers give them. */
const WIDTH = 680;
const WIDE = ".tz-duel-scroll, .tz-map, .tz-table";
let shrunk = [];

export function on(element, lay, back) {
  for (const [kind, act] of Object.entries({ beforeprint: lay, afterprint: back })) {
    dom.listenWhileThere(element, window, kind, () => embed.isOn || act());
  }
}

/** What is wider than a sheet is drawn smaller, as a whole. */
function shrink() {
  shrunk = [...document.querySelectorAll(WIDE)].filter((element) => element.clientWidth);
  for (const element of shrunk) {
    element.style.width = `${WIDTH}px`;
    const share = WIDTH / element.scrollWidth;
    element.style.width = "";
    if (share < 1) element.style.zoom = share;
  }
}

function grow() {
  for (const element of shrunk) element.style.zoom = "";
}

const { documentElement } = document;
on(
  documentElement,
  () => dom.setOnPaper(true),
  () => dom.setOnPaper(false),
);
on(documentElement, shrink, grow);
