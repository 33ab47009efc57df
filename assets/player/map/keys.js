/* Moving in the map by keys: one block is in the tab order, and the arrows go from it to its parent, to its first child, and
 * up and down its column. The focus is kept when the blocks are drawn anew.
 * Leaves out: the action of a pressed block (map.js). */

export class MapKeys {
  #places = [];
  #blocks = [];
  #key = "";

  /** `keyOf` names a place in the same way from one drawing to the next. */
  constructor(field, keyOf) {
    this.field = field;
    this.keyOf = keyOf;
    field.addEventListener("keydown", (event) => this.#onKey(event));
    field.addEventListener("focusin", ({ target }) => this.#enter(this.#blocks.indexOf(target)));
  }

  /** Fill the field with the blocks of these places, between the elements `before` and `behind`. */
  replace(places, blocks, before, behind) {
    const hadFocus = this.field.contains(document.activeElement);
    [this.#places, this.#blocks] = [places, blocks];
    this.field.replaceChildren(...before, ...blocks, ...behind);
    const known = places.findIndex((place) => this.keyOf(place) === this.#key);
    const current = blocks.findIndex((block) => block.hasAttribute("aria-current"));
    const at = Math.max(0, hadFocus || current < 0 ? known : current);
    blocks.forEach((block, number) => (block.tabIndex = number === at ? 0 : -1));
    if (hadFocus) blocks[at]?.focus({ preventScroll: true });
  }

  focus() {
    this.#blocks.find(({ tabIndex }) => tabIndex === 0)?.focus();
  }

  #enter(at) {
    if (at < 0) return;
    this.#key = this.keyOf(this.#places[at]);
    for (const block of this.#blocks) block.tabIndex = -1;
    this.#blocks[at].tabIndex = 0;
  }

  #onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const from = this.#places[this.#blocks.indexOf(event.target)];
    const to = from && this.#next(from, event.key);
    if (to === undefined) return;
    event.preventDefault();
    this.#blocks[this.#places.indexOf(to)]?.focus();
  }

  /** The place to go to, null where there is none, undefined for a key that moves nothing. */
  #next(from, key) {
    const column = this.#places.filter(({ depth }) => depth === from.depth).sort((one, other) => one.top - other.top);
    const at = column.indexOf(from);
    if (key === "ArrowUp") return column[at - 1] ?? null;
    if (key === "ArrowDown") return column[at + 1] ?? null;
    if (key === "ArrowLeft") return this.#places.find((place) => place === from.parent) ?? null;
    if (key === "ArrowRight") return this.#places.find(({ parent }) => parent === from) ?? null;
    return undefined;
  }
}
