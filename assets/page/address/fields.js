/* Gradio's fields by name: reads and sets their values.
 *
 * Fields report values to `note` and take new ones from `placed`; both are events of the server, as are those sent from
 * here: "place", and "texts" for the duel, which has a box for each text. Leaves out: the meaning of the values. */

import { isCount } from "../../player/core/checks.js";
import { inputChecks } from "./link.js";

const PATIENCE_MS = 20_000;
const TEXTS = [..."abcdef"].map((letter) => `duel_${letter}`);

export class Fields {
  #names = [];
  #values = [];
  #placing = null;
  /** Those who wait for the next report. */
  #waiting = [];

  /** `send(data, event)` is an event of the server. */
  constructor(send) {
    this.send = send;
  }

  /** The values of all fields, in the order of their names. */
  note(names, values) {
    [this.#names, this.#values] = [names, values];
    for (const done of this.#waiting.splice(0)) done();
  }

  /**
   * The inputs of a state.
   *
   * @returns {Record<string, any>}
   */
  get values() {
    const checks = inputChecks();
    // An untouched text field holds no value instead of an empty text.
    const full = (name, value) => (checks[name] === isCount ? value : (value ?? ""));
    const all = Object.fromEntries(this.#names.map((name, at) => [name, full(name, this.#values[at])]));
    const texts = TEXTS.map((name) => all[name] ?? "");
    while (texts.length && !texts.at(-1)) texts.pop();
    const alone = Object.entries(all).filter(([name]) => name !== "language" && !TEXTS.includes(name));
    return { ...Object.fromEntries(alone), duel_texts: texts };
  }

  get language() {
    return this.#values[this.#names.indexOf("language")];
  }

  /**
   * Set some fields; resolves once all have reported their new values.
   *
   * @param {Record<string, any>} values
   */
  async place({ duel_texts: texts, ...fields }) {
    if (texts) await this.#ask("texts", texts.length ? texts : [""]);
    if (Object.keys(fields).length === 0) return;
    this.#placing = fields;
    await this.#ask("place", {});
  }

  #ask(event, data) {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.send(data, event);
      setTimeout(resolve, PATIENCE_MS);
    });
  }

  /** What the fields take, in the order of their names; undefined for those that keep theirs. */
  placed() {
    return this.#names.map((name) => this.#placing?.[name]);
  }
}
