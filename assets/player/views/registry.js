/* The views by name. Each other file of this folder registers one, and all.js names it:
 *
 *   register("duel", Duel, { run: "#score", inputs: { duel_texts: isTextList } });
 *
 * `Duel` is a class: new Duel(root, {setup, language}) draws in an element, show(value) takes a plain value or null, and
 * setLanguage(code) changes its words. A view with an address (third argument) has a tab of its name on the page: `inputs`
 * are fields whose values a link holds, each with its check; after a link has changed them, the button `run` is pressed, if
 * there is one. `others` are further fields. Leaves out: the views, and the page around them. */

/** @import { Setup } from "../core/dom.js" */
/** @import { Player } from "../step/player.js" */

/**
 * @typedef {object} View
 * @property {(value: any) => void} show
 * @property {(code: string) => void} setLanguage
 * @property {Player} [player] of a view that goes from step to step
 */

/** @typedef {{setup: Setup, language: string, mapFirst?: boolean}} Options a page may give further ones */
/** @typedef {Record<string, (value: unknown) => boolean>} Checks by field */
/** @typedef {{run: string, inputs: Checks, others: Checks}} Address */

/** @type {Map<string, {View: new (root: HTMLElement, options: any) => View, address: Address | null}>} */
const views = new Map();

/**
 * @param {string} name
 * @param {new (root: HTMLElement, options: any) => View} View
 * @param {Partial<Address> | null} [address]
 */
export function register(name, View, address = null) {
  views.set(name, { View, address: address && { run: "", inputs: {}, others: {}, ...address } });
}

/**
 * A view in an element. Here no model is at hand.
 *
 * @param {string} name
 * @param {HTMLElement} root
 * @param {Options} options
 */
export const makeView = (name, root, options) => new (views.get(name).View)(root, options);

export const isView = (name) => views.has(name);

/**
 * Those of all views that have one, by name.
 *
 * @returns {Record<string, Address>}
 */
export const addresses = () =>
  Object.fromEntries([...views].flatMap(([name, { address }]) => (address ? [[name, address]] : [])));
