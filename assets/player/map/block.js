/* What a block of the map says: its label, its name for screen readers, and its explanation.
 * Leaves out: where it stands (map.js). */

import { detailTable, tokenHead } from "../core/details.js";
import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";

/** @import { Words } from "../core/dom.js" */
/** @import { Place } from "./tree.js" */

/** A label's line: an untaken candidate is shown by name or not at all. */
export const LABEL_FROM = 16;
/** In a lower block, the probability stands beside the token (if the column is wide enough), not under it. */
const TALL_FROM = 40;
const WIDE_FROM = 130;
const LEAST_FONT = 12;

/**
 * @param {HTMLElement} block
 * @param {Place} place
 * @param {{height: number, column: number, words: Words}} room in pixels
 */
export function label(block, place, { height, column, words }) {
  if (height < LABEL_FROM) return;
  const name = dom.make("span", "tz-block-label");
  if (place.isRest) {
    dom.setText(name, words("map.rest"));
  } else {
    const most = column < WIDE_FROM ? 17 : 22;
    name.style.fontSize = `${Math.min(most, Math.max(LEAST_FONT, height * 0.45))}px`;
    const isEnd = place.token.special && (place.isEnd || place.fate === "finished");
    dom.drawToken(name, { ...place.token, isEnd });
  }
  const share = dom.make("span", "tz-block-share", {}, formats.product(place.total));
  if (height >= TALL_FROM) block.append(name, share);
  else block.append(dom.make("span", "tz-block-line", {}, name, ...(column < WIDE_FROM ? [] : [" ", share])));
}

/**
 * @param {Place} place
 * @param {Words} words
 */
export function spoken(place, words) {
  const blanks = {
    token: place.token?.label ?? words("map.rest"),
    share: formats.percent(Math.exp(place.logprob)),
    joint: formats.product(place.total),
  };
  const fate = place.fate ? ` (${words(`map.fate.${place.fate}`)})` : "";
  return words(place.branches.length || place.isRest ? "map.spoken" : "map.spoken_free", blanks) + fate;
}

/**
 * Elements for a box of details.
 *
 * @param {Place} place
 * @param {Words} words
 * @param {boolean} canGoOn whether a model is there to go on from a candidate
 */
export function explained(place, words, canGoOn) {
  const rows = [
    [words("map.here"), formats.percent(Math.exp(place.logprob))],
    [words("map.joint"), formats.product(place.total)],
    [words("term.logprob"), words("unit.nats", { value: formats.fixed(place.total, 3) })],
  ];
  if (place.isRest) rows.push([words("map.rest_count"), formats.fixed(place.count, 0)]);
  if (place.fate) rows.push([words("map.search"), words(`map.fate.${place.fate}`)]);
  const canTake = place.branches.length === 0 && canGoOn;
  const click = words(place.isRest ? "map.click_rest" : canTake ? "map.click_free" : "map.click");
  const head = place.isRest ? dom.make("p", "tz-details-token", {}, words("map.rest")) : tokenHead(place.token);
  return [head, detailTable(rows), dom.make("p", "tz-soft", {}, click)];
}
