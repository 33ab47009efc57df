/* The map as a table: every block in the order of the picture, a row each. Leaves out: the picture (map.js). */

import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";

/** @import { Head } from "../core/data_table.js" */

/** A place's branches, and its fate in a beam search. */
function stateOf({ branches, isRest, fate }, current, words) {
  const taken = isRest
    ? ""
    : words(branches.includes(current) ? "map.shown" : branches.length ? "map.others" : "map.free");
  return [taken, fate && words(`map.fate.${fate}`)].filter(Boolean).join(" · ");
}

function tokenOf({ token, isRest }, words) {
  if (isRest) return words("map.rest");
  const cell = dom.make("span");
  dom.drawToken(cell, token);
  return cell;
}

/** For Twin: `map` has words, branches, prompt, and shown, its places. */
export function mapTable({ words, branches, prompt, shown = [] }) {
  /** @type {Head[]} */
  const heads = [
    [words("timeline.step"), true],
    [words("term.token"), false],
    [words("map.here"), true],
    [words("map.joint"), true],
    [words("branches.label"), false],
  ];
  const rows = shown.map((place) => [
    formats.fixed(prompt + place.depth, 0),
    tokenOf(place, words),
    formats.percent(Math.exp(place.logprob)),
    formats.product(place.total),
    stateOf(place, branches.current.key, words),
  ]);
  return { heads, rows };
}
