/* What the menu of a player hands out: its pictures, and the numbers of its trace as files. Leaves out: the menu (menu.js). */

import * as csv from "../trace/csv.js";

/** @import { Player } from "../step/player.js" */
/** @import { Trace } from "../trace/trace.js" */
/** @import { SavedItem } from "./menu.js" */

/** @type {Record<string, (trace: Trace) => SavedItem["files"]>} */
const FILES = {
  numbers: (trace) => ({ CSV: () => [csv.tokens(trace), "text/csv", "tsuzuki-tokens.csv"] }),
  candidates: (trace) => ({ CSV: () => [csv.candidates(trace), "text/csv", "tsuzuki-candidates.csv"] }),
  trace: (trace) => ({ JSON: () => [JSON.stringify(trace.wire), "application/json", "tsuzuki-trace.json"] }),
};

/**
 * @param {Player} player
 * @returns {SavedItem[]}
 */
export function playerItems({ headline, bars, strip, product, factors, timelines, trace }) {
  const prices = factors
    ? { name: "factors", elements: [factors.element] }
    : { name: "product", elements: [product.element] };
  return [
    { name: "step", elements: [headline.element, bars.list, bars.caption.parentElement] },
    { name: "strip", elements: [strip.element, strip.legend] },
    prices,
    { name: "timelines", figures: timelines.plots },
    ...Object.entries(FILES).map(([name, files]) => ({ name, files: files(trace) })),
  ];
}
