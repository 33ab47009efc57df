/* Reads the JSON form of a trace (model_utils/trace/wire.py) for the views. Tokens and candidates are made on their first use,
 * so that a growing trace is cheap to show again and again.
 * Leaves out: validation, which happens when a trace arrives. */

import { shape } from "./sampler.js";
import * as steps from "./steps.js";
import { readBytes } from "./steps.js";

/** @import { WireStep } from "./steps.js" */

/** @typedef {[id: number, bytes: string, label: string, special: boolean]} WireToken bytes in base64 */

/**
 * A trace as it is sent and saved.
 *
 * @typedef {object} Wire
 * @property {number} schema
 * @property {string} model
 * @property {string} revision
 * @property {number} vocab_size
 * @property {string} end "end_of_text", "unfinished", …
 * @property {Record<string, number> | null} sampling null for a scored text
 * @property {WireToken[]} tokens every distinct token, once
 * @property {number[]} context positions in `tokens`
 * @property {WireStep[]} steps
 */

/** @typedef {{id: number, label: string, special: boolean, bytes: Uint8Array, hex: string, text: string, isEnd: boolean}} Token */

/**
 * A token at a step, with its numbers; `logprob` in nats.
 *
 * @typedef {object} Candidate
 * @property {number} position in `tokens` of the wire
 * @property {Token} token
 * @property {number | null} rank
 * @property {number} logprob
 * @property {number} probability
 * @property {number} bits
 * @property {boolean} cut
 */

/**
 * A step as views read it.
 *
 * @typedef {object} Step
 * @property {boolean} given
 * @property {number | null} entropy in nats
 * @property {Candidate} chosen
 * @property {number[]} positions of the candidates in `tokens` of the wire
 * @property {number[]} logprobs of the candidates
 * @property {number} count of the candidates
 * @property {Set<number>} cut ranks
 */

const lenient = new TextDecoder("utf-8");

function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ");
}

/**
 * A token from its row of the wire's table.
 *
 * @param {WireToken} row
 * @param {number | null} [endId]
 * @returns {Token}
 */
export function readToken([id, base64, label, special], endId = null) {
  const bytes = readBytes(base64);
  return { id, label, special, bytes, hex: toHex(bytes), text: lenient.decode(bytes), isEnd: id === endId };
}

export const isContinuation = (byte) => (byte & 0xc0) === 0x80;

/** How many characters these bytes of UTF-8 are. */
export const countCharacters = (bytes) => bytes.filter((byte) => !isContinuation(byte)).length;

export class Trace {
  #tokens = [];
  #steps = [];
  #rows = [];

  /** @param {Wire} wire */
  constructor(wire) {
    this.wire = wire;
    this.length = wire.steps.length;
    this.vocabSize = wire.vocab_size;
    this.isGenerated = wire.sampling !== null;
    const last = wire.steps[this.length - 1];
    this.endId = wire.end === "end_of_text" && last ? wire.tokens[last.chosen[0]][0] : null;
    let logprob = 0;
    this.cumulative = wire.steps.map((step) => (logprob += step.chosen[2]));
  }

  /**
   * The token at this position of the wire's table.
   *
   * @returns {Token}
   */
  token(position) {
    return (this.#tokens[position] ??= readToken(this.wire.tokens[position], this.endId));
  }

  get context() {
    // A context token may equal the one that ends the text; here it ends nothing.
    return this.wire.context.map((position) => readToken(this.wire.tokens[position]));
  }

  get startsFromMark() {
    return this.context.some((token) => token.special);
  }

  get firstGenerated() {
    const found = this.wire.steps.findIndex((step) => !step.given);
    return Math.max(0, found);
  }

  /** @returns {Step} */
  step(index) {
    return (this.#steps[index] ??= this.#readStep(this.wire.steps[index]));
  }

  /**
   * @param {WireStep} step
   * @returns {Step}
   */
  #readStep(step) {
    const [position, rank, logprob] = step.chosen;
    const positions = steps.positionsOf(step);
    return {
      given: step.given,
      entropy: step.entropy,
      chosen: this.#candidate(position, rank, logprob, false),
      positions,
      logprobs: steps.logprobsOf(step),
      count: positions.length,
      cut: new Set(steps.cutOf(step)),
    };
  }

  /** @returns {Candidate} */
  #candidate(position, rank, logprob, cut) {
    return {
      position,
      token: this.token(position),
      rank,
      logprob,
      probability: Math.exp(logprob),
      bits: -logprob / Math.LN2,
      cut,
    };
  }

  /**
   * The `shown` most likely tokens of a step, the chosen one always among them; falling probability.
   *
   * @returns {Candidate[]}
   */
  candidates(index, shown) {
    const { chosen, cut, positions, logprobs } = this.step(index);
    let count = Math.min(shown, positions.length);
    const isOutside = chosen.rank === null || chosen.rank > count;
    if (isOutside && count === shown) count -= 1;
    const found = [];
    for (let at = 0; at < count; at += 1) {
      found.push(this.#candidate(positions[at], at + 1, logprobs[at], cut.has(at + 1)));
    }
    if (isOutside) found.push({ ...chosen, cut: cut.has(chosen.rank) });
    return found;
  }

  /** The sampler's distribution of a step (sampler.js), or null if the trace has no tail for it. */
  shaped(index, knobs) {
    if (!this.wire.steps[index].tail) return null;
    const row = (this.#rows[index] ??= this.#readRow(index));
    const shaped = shape(row, knobs);
    const { probabilities, probabilityOf } = shaped;
    const of = ({ rank, logprob, token }) => probabilities[rank - 1] ?? probabilityOf(logprob, row.seen.has(token.id));
    return { ...shaped, of };
  }

  #readRow(index) {
    const { positions, logprobs } = this.step(index);
    const { tail } = this.wire.steps[index];
    const seen = this.#idsBefore(index);
    const areSeen = positions.map((position) => seen.has(this.wire.tokens[position][0]));
    const shift = Array.isArray(tail) ? tail[0] : tail.shift;
    return { logprobs, areSeen, seen, shift, boxes: steps.boxesOf(tail, logprobs.at(-1) ?? 0) };
  }

  #idsBefore(index) {
    const positions = [...this.wire.context, ...this.wire.steps.slice(0, index).map((step) => step.chosen[0])];
    return new Set(positions.map((position) => this.wire.tokens[position][0]));
  }

  /** Where it opens: at its first generated step, a scored one at its first. */
  get start() {
    return this.isGenerated ? this.firstGenerated : 0;
  }

  surprisalBits(index) {
    return Math.max(0, -this.wire.steps[index].chosen[2] / Math.LN2);
  }

  perplexity(index) {
    return index < 0 ? NaN : Math.exp(-this.cumulative[index] / (index + 1));
  }

  /**
   * Whether this trace is `other` with more steps, or the same.
   *
   * @param {Trace} other
   */
  extends(other) {
    const id = (trace, position) => trace.wire.tokens[position][0];
    return (
      this.wire.model === other.wire.model &&
      this.length >= other.length &&
      this.wire.context.length === other.wire.context.length &&
      other.wire.context.every((position, at) => id(other, position) === id(this, this.wire.context[at])) &&
      other.wire.steps.every((step, at) => id(other, step.chosen[0]) === id(this, this.wire.steps[at].chosen[0]))
    );
  }

  /** The character that the token of this step is a part of, where it holds no whole one; else "". */
  characterAround(index) {
    const bytesAt = (at) => this.token(this.wire.steps[at].chosen[0]).bytes;
    let start = index;
    while (start > 0 && bytesAt(start).length > 0 && isContinuation(bytesAt(start)[0])) start -= 1;
    const joined = [];
    for (let at = start; at < this.length && at < start + 4; at += 1) joined.push(...bytesAt(at));
    const lead = joined.findLastIndex((byte, at) => byte >= 0xc0 && at < bytesAt(start).length);
    const size = joined[lead] >= 0xf0 ? 4 : joined[lead] >= 0xe0 ? 3 : 2;
    const text = lead < 0 ? "" : lenient.decode(new Uint8Array(joined.slice(lead, lead + size)));
    return text.includes("\ufffd") ? "" : text;
  }
}
