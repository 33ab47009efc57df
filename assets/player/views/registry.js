/* The views by name. Each other file of this folder registers one, and all.js names it:
 *
 *   register("duel", Duel, { run: "#score", inputs: { duel_texts: isTextList } });
 *
 * `Duel` is a class: new Duel(root, {setup, language}) draws in an element, show(value) takes a plain value or null, and
 * setLanguage(code) changes its words. A view with an address (third argument) has a tab of its name on the page: `inputs`
 * are fields whose values a link holds, each with its check; after a link has changed them, the button `run` is pressed, if
 * there is one. `others` are further fields. Leaves out: the views, and the page around them. */

const views = new Map();

export function register(name, View, address = null) {
  views.set(name, { View, address: address && { run: "", inputs: {}, others: {}, ...address } });
}

/** A view in an element. Here no model is at hand. */
export const makeView = (name, root, options) => new (views.get(name).View)(root, options);

export const isView = (name) => views.has(name);

/** {run, inputs, others} of every view that has an address, by name. */
export const addresses = () => Object.fromEntries([...views].flatMap(([name, { address }]) => (address ? [[name, address]] : [])));
