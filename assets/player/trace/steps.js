/* The packed numbers of a step: its candidates, the cut ranks, and the boxes of its tail, as model_utils/trace/wire_steps.py
 * and model_utils/trace/golomb.py write them; the older form of schema 1 is read, too.
 * Leaves out: tokens, and the meaning of the numbers in a view (trace.js). */

/**
 * A step as it is sent and saved; positions are those in the wire's table of tokens. An unknown rank or entropy is null.
 *
 * @typedef {object} WireStep
 * @property {[position: number, rank: number | null, logprob: number]} chosen
 * @property {boolean} given
 * @property {number | null} entropy
 * @property {[positions: string | number[], logprobs: string | number[]]} candidates
 * @property {number[] | number} [cut] ranks, or the first of them
 * @property {[shift: number, ...columns: string[]] | OlderTail | null} [tail]
 */

/** @typedef {{shift: number, boxes: string, seen?: string}} OlderTail */

/**
 * Tokens of a tail: `count` of them around a logprob.
 *
 * @typedef {{count: number, logprob: number, halfWidth: number, seen: boolean}} Box
 */

const BOX_UNIT = 2 ** -15;
const NATS_UNIT = 1e7;

export function readBytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Exponential-Golomb code. */
function unpack(text) {
  const [order, ...bytes] = readBytes(text);
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const numbers = [];
  for (let at = 0, first = bits.indexOf("1"); first >= 0; first = bits.indexOf("1", at)) {
    const end = 2 * first - at + order + 1;
    numbers.push(parseInt(bits.slice(first, end), 2) - 2 ** order);
    at = end;
  }
  return numbers;
}

function pack(numbers) {
  if (numbers.length === 0) return "";
  const median = [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
  const order = Math.max(0, median.toString(2).length - (median > 0 ? 1 : 2));
  const digits = numbers.map((number) => (number + 2 ** order).toString(2));
  const bits = digits.map((one) => one.padStart(2 * one.length - order - 1, "0")).join("");
  const bytes = [order];
  for (let at = 0; at < bits.length; at += 8) bytes.push(parseInt(bits.slice(at, at + 8).padEnd(8, "0"), 2));
  return btoa(String.fromCharCode(...bytes));
}

function summed(numbers) {
  let sum = 0;
  return numbers.map((number) => (sum += number));
}

/** Places from the counts of others between them. */
const placesOf = (gaps) => summed(gaps.map((gap) => gap + 1)).map((place) => place - 1);

const known = new WeakMap();

/**
 * Positions of the candidates in the table of tokens.
 *
 * @param {WireStep} step
 * @returns {number[]}
 */
export function positionsOf(step) {
  const [positions] = step.candidates;
  if (Array.isArray(positions)) return positions;
  if (!known.has(step)) known.set(step, unpack(positions));
  return known.get(step);
}

/**
 * @param {WireStep} step
 * @returns {number[]}
 */
export function logprobsOf({ candidates: [, logprobs] }) {
  return Array.isArray(logprobs) ? logprobs : summed(unpack(logprobs)).map((units) => 0 - units / NATS_UNIT);
}

/**
 * The ranks that were cut.
 *
 * @param {WireStep} step
 * @returns {number[]}
 */
export function cutOf(step) {
  const cut = step.cut ?? [];
  if (typeof cut !== "number") return cut;
  return Array.from({ length: positionsOf(step).length - cut + 1 }, (_, at) => cut + at);
}

/**
 * A step with the positions of its tokens mapped by `move`.
 *
 * @param {WireStep} step
 * @param {(position: number) => number} move
 * @returns {WireStep}
 */
export function moved(step, move) {
  const positions = positionsOf(step).map(move);
  return {
    ...step,
    chosen: [move(step.chosen[0]), step.chosen[1], step.chosen[2]],
    candidates: [Array.isArray(step.candidates[0]) ? positions : pack(positions), step.candidates[1]],
  };
}

/**
 * The boxes of a tail, below a logprob.
 *
 * @param {WireStep["tail"]} tail
 * @param {number} base
 * @returns {Box[]}
 */
export function boxesOf(tail, base) {
  if (!Array.isArray(tail)) return olderBoxes(tail, base);
  const [alone, several, depths, counts, widths, seen] = tail.slice(1).map(unpack);
  const box = (depth, count, width) => ({
    count,
    logprob: base - depth * BOX_UNIT,
    halfWidth: width * BOX_UNIT,
    seen: false,
  });
  const found = new Array(alone.length + several.length).fill(null);
  const deep = summed(depths);
  placesOf(several).forEach((place, at) => (found[place] = box(deep[at], counts[at] + 2, widths[at])));
  const single = summed(alone).values();
  for (let at = 0; at < found.length; at += 1) found[at] ??= box(single.next().value, 1, 0);
  for (const place of placesOf(seen)) found[place].seen = true;
  return found;
}

/**
 * Unsigned LEB128.
 *
 * @returns {Generator<number, undefined>}
 */
function* readNumbers(bytes) {
  let [number, factor] = [0, 1];
  for (const byte of bytes) {
    number += (byte & 127) * factor;
    factor *= 128;
    if (byte < 128) {
      yield number;
      [number, factor] = [0, 1];
    }
  }
}

/** The boxes of a tail in schema 1. */
function olderBoxes({ boxes, seen = "" }, base) {
  const numbers = readNumbers(readBytes(boxes));
  const found = [];
  const take = () => numbers.next().value;
  let depth = 0;
  for (let first = take(); first !== undefined; first = take()) {
    depth += first > 0 ? first - 1 : take();
    const [count, width] = first > 0 ? [1, 0] : [take(), take()];
    found.push({ count, logprob: base - depth * BOX_UNIT, halfWidth: width * BOX_UNIT, seen: false });
  }
  for (const place of placesOf([...readNumbers(readBytes(seen))])) found[place].seen = true;
  return found;
}
