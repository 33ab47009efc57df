/* What tells the paths of the map apart: the names of branches where they end, and the legend of its colours and outlines.
 * Leaves out: the blocks (map.js). */

import * as dom from "../core/dom.js";
import * as formats from "../core/formats.js";

const LINE = 20;
/** With more branches than these, only the current one is named. */
const NAMED = 12;

/** Where each branch with a name ends among these places, the current one first. */
export function endsOf(places, { list, current }) {
  const last = new Map();
  for (const place of places) {
    for (const key of place.branches) if (place.depth > (last.get(key)?.depth ?? 0)) last.set(key, place);
  }
  const others = list.length > NAMED ? [] : list.filter((branch) => branch !== current);
  const named = [current, ...others].filter(({ key, name }) => name && last.has(key));
  return named.map(({ key, name }) => ({ name, place: last.get(key) }));
}

/** The names as elements, behind their ends, without those that would overlap. `box` gives {left, top, width, height} in px. */
export function nameEnds(ends, places, box, height) {
  const taken = places.map(box);
  const made = [];
  for (const { name, place } of ends) {
    const own = box(place);
    const top = Math.min(height - LINE, Math.max(0, own.top + own.height / 2 - LINE / 2));
    const left = own.left + own.width;
    if (taken.some((one) => one.left === left && one.top < top + LINE && top < one.top + one.height)) continue;
    taken.push({ left, top, height: LINE });
    const share = dom.make("span", "tz-block-share", {}, formats.product(place.total));
    const end = dom.make("div", "tz-map-end", { "aria-hidden": "true" }, dom.make("bdi", "", {}, name), " ", share);
    end.style.cssText = `left: ${left}px; top: ${top}px`;
    made.push(end);
  }
  return made;
}

export class MapLegend {
  element = dom.make("p", "tz-map-legend");

  show({ list, search }, words) {
    const item = (kind, key) => dom.make("span", "", {}, dom.make("span", `tz-swatch ${kind}`), words(key));
    const branches = [item("tz-taken tz-on-path", "map.shown"), item("tz-taken", "map.others")];
    const fates = ["kept", "finished", "pruned"].map((fate) => item(`tz-beam-${fate}`, `map.fate.${fate}`));
    const searched = dom.make("span", "", {}, words("map.search"));
    this.element.replaceChildren(...(list.length > 1 ? branches : []), ...(search ? [searched, ...fates] : []));
  }
}
