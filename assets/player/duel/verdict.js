/* Scored texts in a few sentences: which is the most probable, by how much, and which token decides it.
 *
 *   verdict(traces, words)   the sentences, one a line; "" for no text
 *
 * Leaves out: the picture (views/duel.js), and any judgement but the model's. */

import * as formats from "../core/formats.js";
import { exactSum } from "../core/sums.js";
import { align } from "../rows/align.js";
import { decode, decodeLenient } from "../trace/utf8.js";

/** @import { Trace } from "../trace/trace.js" */
/** @typedef {ReturnType<typeof import("../trace/trace.js").readToken>} Token */
/** @typedef {ReturnType<typeof import("../core/dom.js").wordsOf>} Words */

/**
 * A scored text. The first `unpriced` of its tokens have no logprob.
 *
 * @typedef {object} Text
 * @property {string} text without special tokens
 * @property {string} name
 * @property {Token[]} tokens
 * @property {number} unpriced
 * @property {number[]} logprobs in nats
 * @property {number} logprob their sum
 * @property {string} ids
 * @property {string} context
 */

/** @typedef {{tokens: Token[], nats: number, isPriced: boolean, bytes: string}} Piece a run of tokens of one text */

/** Texts whose logprobs differ by less are equally probable. */
export const EQUAL_NATS = 5e-7;
/** In characters. */
const LONGEST_NAME = 80;
const MUCH_LONGER = 1.5;
const MORE_FACTORS = 3;
/** White space as Python's `str.split` knows it. */
const SPACE = `[\\p{White_Space}${"\x1c-\x1f"}]`;
const SPACES = new RegExp(`${SPACE}+`, "gu");
const SPACES_BEFORE = new RegExp(`^${SPACE}+`, "u");
const SPACES_BEHIND = new RegExp(`${SPACE}+$`, "u");

const bytesOf = (tokens) => tokens.flatMap(({ bytes }) => [...bytes]);

/** A text on one line, its middle left out where it is long. Words isolate it if it is from right to left. */
function nameOf(text) {
  const line = [...(text.split(SPACES).filter(Boolean).join(" ") || text)];
  if (line.length <= LONGEST_NAME) return line.join("");
  const half = LONGEST_NAME / 2;
  const [start, end] = [line.slice(0, half), line.slice(3 - half)].map((part) => part.join(""));
  return `${start.replace(SPACES_BEHIND, "")} … ${end.replace(SPACES_BEFORE, "")}`;
}

/** The text of some tokens, or their labels where it is empty or no whole characters. */
function shownText(tokens) {
  const text = decodeLenient(bytesOf(tokens)).replace(SPACES_BEFORE, "").replace(SPACES_BEHIND, "");
  return nameOf(text && !text.includes("\ufffd") ? text : tokens.map(({ label }) => label).join(""));
}

/**
 * @param {Trace} trace
 * @returns {Text}
 */
function readText(trace) {
  const { context, steps, tokens: table } = trace.wire;
  const chosen = steps.map((step) => trace.token(step.chosen[0]));
  const tokens = [...trace.context, ...chosen];
  const text = decode(bytesOf(tokens.filter(({ special }) => !special)));
  const logprobs = steps.map((step) => step.chosen[2]);
  return {
    text,
    name: nameOf(text),
    tokens,
    unpriced: context.length,
    logprobs,
    logprob: exactSum(logprobs),
    ids: String(tokens.map(({ id }) => id)),
    context: JSON.stringify(context.map((position) => table[position])),
  };
}

/**
 * The tokens from `from` to `to` of a text.
 *
 * @param {Text} text
 * @returns {Piece}
 */
function pieceOf({ tokens, unpriced, logprobs }, from, to) {
  const own = tokens.slice(from, to);
  const [first, last] = [from, to].map((at) => Math.max(0, at - unpriced));
  return {
    tokens: own,
    nats: exactSum(logprobs.slice(first, last)),
    isPriced: last - first === own.length,
    bytes: String(bytesOf(own)),
  };
}

/**
 * The sentences, one a line; "" for no text.
 *
 * @param {Trace[]} traces
 * @param {Words} words
 */
export function verdict(traces, words) {
  const texts = traces.map(readText);
  if (!texts.length) return "";
  const unscored = texts.find(({ logprobs }) => !logprobs.length);
  if (unscored) return words("verdict.unscored", { text: unscored.name });
  if (texts.length === 1) return sayOne(texts[0], words);
  const different = [...new Map(texts.map((text) => [text.ids, text])).values()];
  if (different.length === 1) return words("verdict.identical");
  const ranked = different.sort((one, other) => other.logprob - one.logprob);
  const first = ranked.filter(({ logprob }) => ranked[0].logprob - logprob < EQUAL_NATS);
  const others = ranked.slice(first.length);
  const reasons = others.length ? [sayWhy(first[0], others[0], words), sayLengths(first[0], others, words)] : [];
  const sentences = [sayComparison(first, others, words), ...reasons, sayContext(texts, words)];
  return unbroken(sentences.filter(Boolean).join("\n"));
}

/** A power of ten stays on one line. */
const unbroken = (sentences) => sentences.replaceAll(" × 10", "\u00a0×\u00a010");

function listOf(texts, words) {
  const names = new Set(texts.map(({ name }) => name));
  const quoted = [...names].map((text) => words("verdict.quote", { text }));
  const last = quoted.pop();
  return quoted.length ? [quoted.join(words("verdict.comma")), last].join(words("verdict.and")) : last;
}

function sayOne({ name, tokens, unpriced, logprobs, logprob }, words) {
  const least = Math.min(...logprobs);
  return words("verdict.one", {
    text: name,
    probability: formats.product(logprob),
    tokens: logprobs.length,
    token: shownText([tokens[unpriced + logprobs.indexOf(least)]]),
    least: formats.percent(Math.exp(least)),
  });
}

function sayComparison(first, others, words) {
  const texts = listOf(first, words);
  if (!others.length) return words("verdict.equal", { texts });
  const [{ name: likely, logprob }] = first;
  const other = others[0].name;
  const nats = logprob - others[0].logprob;
  const times = formats.times(nats);
  if (new Set(first.map(({ text }) => text)).size > 1) return words("verdict.tied", { texts, times, other });
  const bits = formats.fixed(nats / Math.LN2, nats > 0.05 ? 1 : 4);
  const sentence = words("verdict.more", { likely, other, times, bits });
  if (others.length === 1) return sentence;
  const last = others.at(-1);
  return `${sentence}\n${words("verdict.last", { last: last.name, times: formats.times(logprob - last.logprob) })}`;
}

/** The pair of pieces with the largest share in the difference, of those that have a probability. */
function sayWhy(likely, other, words) {
  const [a, b] = [likely, other].map(({ tokens }) => tokens.map(({ bytes }) => bytes));
  const cuts = align(a, b);
  const pairs = cuts.slice(1).map(([i, j], at) => [pieceOf(likely, cuts[at][0], i), pieceOf(other, cuts[at][1], j)]);
  const priced = pairs.filter(([ours, theirs]) => ours.isPriced && theirs.isPriced);
  const isShared = priced.some(([ours, theirs]) => ours.bytes === theirs.bytes);
  if (!isShared && a.length + b.length > 6) return words("verdict.apart");
  const shareOf = ([ours, theirs]) => ours.nats - theirs.nats;
  const most = priced.reduce((best, pair) => (best && shareOf(best) >= shareOf(pair) ? best : pair), null);
  if (!most || shareOf(most) <= 0) return "";
  return sayPair(most, words);
}

/** @param {Piece[]} pair */
function sayPair([ours, theirs], words) {
  const [p, q] = [ours, theirs].map(({ nats }) => formats.product(nats));
  const [token, other] = [ours, theirs].map(({ tokens }) => shownText(tokens));
  const count = theirs.tokens.length;
  if (!ours.tokens.length && count === 1) return words("verdict.extra", { token: other, q });
  if (!ours.tokens.length) return words("verdict.extra_more", { token: other, q, count });
  if (token === other) return words("verdict.same", { token, p, q });
  return words("verdict.instead", { token, p, other, q });
}

/** A word of warning where a text lost that is much longer. */
function sayLengths(likely, others, words) {
  const longest = others.reduce((best, text) => (text.logprobs.length > best.logprobs.length ? text : best));
  const [more, fewer] = [longest, likely].map(({ logprobs }) => logprobs.length);
  if (more < MUCH_LONGER * fewer || more - fewer < MORE_FACTORS) return "";
  return words("verdict.longer", { longer: longest.name, more, fewer });
}

/** A warning if the contexts differ: their tokens have no logprob, so the comparison leaves them out. */
const sayContext = (texts, words) =>
  new Set(texts.map(({ context }) => context)).size > 1 ? words("verdict.context") : "";
