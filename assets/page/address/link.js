/* What is on a page as one short text, for the end of its address, and back.
 *
 *   const text = await pack(state);     base64url of the state's JSON, deflated
 *   const state = await unpack(text);   throws a LinkError, whose `key` is a word of the locales
 *   const { state, isWhole } = await read(text);   the same, and whether nothing was left out
 *
 * A state is plain JSON, and what it lacks stays as it is on the page:
 *   {v: 1, view, lesson, language, inputs: {prompt, length, …}, slashes, step, knobs, branches}
 * Its branches hold the data to compute them again, without their numbers (model_utils/views/protocol/links.py validates them).
 * Leaves out: what a page does with a state (address.js). */

import { isIndex, isModel, isObject, isText, within } from "../../player/core/checks.js";
import { addresses } from "../../player/views/registry.js";
import { SETTINGS } from "../../player/views/step.js";

export const VERSION = 1;
/** Characters of an address's end that every browser, chat and mail program carries. */
export const LONGEST = 8000;
/** What is unpacked, in bytes: a short text can be made that unpacks to gigabytes. */
const LARGEST = 2_000_000;

/** The field `slashes` of a state whose answers have slashes within words. */
const SPACED = "spaced";
const IN_WORD = /\S\/|\/\S/;

/**
 * @typedef {object} State
 * @property {number} v
 * @property {string} [view]
 * @property {string} [lesson]
 * @property {string} [language]
 * @property {Record<string, any>} [inputs] values of fields by name
 * @property {string} [slashes]
 * @property {number} [step]
 * @property {Record<string, number>} [knobs]
 * @property {object} [branches] as outline.js writes them
 */

export class LinkError extends Error {
  constructor(key) {
    super(key);
    this.key = key;
  }
}

const through = (bytes, stream) => new Blob([bytes]).stream().pipeThrough(stream);

export async function pack(state) {
  const deflated = through(JSON.stringify(state), new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(deflated).arrayBuffer());
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

async function inflated(bytes) {
  const parts = [];
  let size = 0;
  for (const reader = through(bytes, new DecompressionStream("deflate-raw")).getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts).text();
    parts.push(value);
    size += value.length;
    if (size > LARGEST) {
      reader.cancel();
      throw new LinkError("link.broken");
    }
  }
}

export async function read(text) {
  let state = null;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    state = JSON.parse(await inflated(Uint8Array.from(binary, (character) => character.charCodeAt(0))));
  } catch {
    throw new LinkError("link.broken");
  }
  return check(state);
}

export const unpack = async (text) => (await read(text)).state;

const oneOf =
  (...names) =>
  (value) =>
    names.includes(value);

const KNOBS = { ...SETTINGS, temperature: within(0, 100), top_k: isIndex, repetition_penalty: within(0.01, 100) };
const STATE = {
  view: (value) => Object.keys(addresses()).includes(value),
  lesson: (value) => isText(value) && value.length <= 200,
  language: isText,
  inputs: isObject,
  slashes: oneOf(SPACED),
  step: isIndex,
  knobs: isObject,
  branches: isObject,
};

/** The checks of all views' fields, by name. */
export function inputChecks() {
  const all = Object.values(addresses());
  return Object.assign({}, ...all.map(({ inputs }) => inputs), ...all.map(({ others }) => others));
}

/** The names of the fields that hold the name of a model. */
export const modelFields = () =>
  Object.entries(inputChecks()).flatMap(([name, check]) => (check === isModel ? [name] : []));

/** The known fields of `value` that are valid, in the order of the table. */
const pick = (value, table) =>
  Object.fromEntries(
    Object.keys(table).flatMap((name) =>
      Object.hasOwn(value, name) && table[name](value[name]) ? [[name, value[name]]] : [],
    ),
  );

const isIn = (value, table) => Object.keys(value).filter((name) => Object.hasOwn(table, name)).length;

/**
 * The valid fields of a state, and whether all known ones are valid. Throws a LinkError if it is no state.
 *
 * @returns {{state: State, isWhole: boolean}}
 */
export function check(value) {
  if (!isObject(value)) throw new LinkError("link.broken");
  if (value.v !== VERSION) throw new LinkError(Number.isInteger(value.v) ? "link.version" : "link.broken");
  /** @type {State} */
  const state = { v: VERSION, ...pick(value, STATE) };
  let isWhole = Object.keys(state).length - 1 === isIn(value, STATE);
  for (const [name, table] of [
    ["inputs", inputChecks()],
    ["knobs", KNOBS],
  ]) {
    if (!state[name]) continue;
    const [given, found] = [state[name], pick(state[name], table)];
    isWhole &&= Object.keys(found).length === isIn(given, table);
    state[name] = found;
  }
  if (state.inputs?.answers_typed) state.inputs.answers_typed = spaced(state);
  return { state, isWhole };
}

/**
 * Answers with spaced slashes, which older links lack.
 *
 * @param {State} state
 */
function spaced({ slashes, inputs: { answers_typed: typed } }) {
  if (slashes === SPACED || !IN_WORD.test(typed)) return typed;
  const lines = typed.split("\n").map((line) => (IN_WORD.test(line) ? line.replace(/\s*[/／]\s*/g, " / ") : line));
  return lines.join("\n");
}

/**
 * The field `slashes` of a state: without it, slashes within words would separate spellings.
 *
 * @param {State["inputs"]} inputs
 */
export const slashesOf = ({ answers_typed: typed }) => (IN_WORD.test(typed ?? "") ? { slashes: SPACED } : {});
