/* Back and Forward go from view to view and from lesson to lesson. Each view or lesson has an entry in the browser's
 * history; other changes update the address of the current entry. The contents of the page stay.
 *
 *   trail.note(place)      a reader has gone to {view, lesson}
 *   trail.stand(place)     the page has opened there
 *   trail.write(address)   the address of where the reader is
 *
 * A frame on a slide has no entries: they would be in the way of the deck's. Leaves out: what an address says (address.js). */

import * as embed from "../../player/frame/embed.js";

const KEY = "tsuzuki";

/** Whether two places share an entry, as a view and its first lesson do. */
const isSame = (one, other) =>
  one.view === other.view && (one.view !== "lessons" || !one.lesson || one.lesson === other.lesson);

export class Trail {
  #place = null;
  #isReturning = false;

  /** `goTo(place)` shows a place again. */
  constructor(goTo) {
    this.goTo = goTo;
    addEventListener("popstate", ({ state }) => state?.[KEY] && this.#return(state[KEY]));
  }

  stand(place) {
    this.#place = place;
    this.write(location.href);
  }

  note(place) {
    if (this.#isReturning) return;
    const isNew = this.#place && !isSame(this.#place, place) && !embed.isOn;
    if (isNew) this.write(location.href);
    this.#place = place;
    if (isNew) history.pushState(this.#state, "", location.href);
  }

  write(address) {
    history.replaceState(this.#state, "", address);
  }

  /** The history's state, also that of others. */
  get #state() {
    return { ...history.state, [KEY]: this.#place };
  }

  /** Whether the entry is one of this trail, and no address that somebody typed. */
  get isHere() {
    return Boolean(history.state?.[KEY]);
  }

  async #return(place) {
    [this.#place, this.#isReturning] = [place, true];
    try {
      await this.goTo(place);
    } finally {
      if (this.#place === place) this.#isReturning = false;
    }
  }
}
