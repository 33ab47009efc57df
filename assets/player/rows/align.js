/* Texts of tokens, aligned by characters. `align` pairs two texts; `layOut` lays several out in
 * columns against one of them, so that what agrees stands one above the other. Tokens are byte arrays here.
 * Leaves out: what is drawn (rows.js). */

import { isContinuation } from "../trace/trace.js";

/** @typedef {{first: number, last: number, from: number, to: number, agrees: boolean}} Cell its columns, and its tokens */

/**
 * Texts in columns. Between two columns is a line; a row's points are [line, token] wherever it has a boundary on a line.
 *
 * @typedef {object} Layout
 * @property {{points: [line: number, token: number][], cells: Cell[]}[]} rows
 * @property {boolean[]} parted by column, whether texts differ there
 * @property {number} columns
 * @property {number[]} left
 * @property {number[]} right
 * @property {number[]} tokenAt the reference's token at each line
 */

const MOST_CELLS = 1_000_000;

/** Whether token `at` begins with a whole character. */
const isBetween = (tokens, at) => at >= tokens.length || !tokens[at].length || !isContinuation(tokens[at][0]);
const isSame = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
const bytesOf = (tokens) => tokens.flatMap((token) => [...token]);

/** How many tokens are the same at the beginning and at the end, in whole characters. */
function sameEnds(a, b) {
  const shorter = Math.min(a.length, b.length);
  let before = 0;
  while (before < shorter && isSame(a[before], b[before])) before += 1;
  while (before && !(isBetween(a, before) && isBetween(b, before))) before -= 1;
  let after = 0;
  while (after < shorter - before && isSame(a.at(-1 - after), b.at(-1 - after))) after += 1;
  while (after && !isBetween(a, a.length - after)) after -= 1;
  return [before, after];
}

/** Whole tokens as units (tokens that share a character are one unit), and the token that begins at each unit. */
function wholeTokensOf(tokens) {
  const begins = [...tokens.keys()].filter((at) => at === 0 || isBetween(tokens, at));
  const ends = [...begins.slice(1), tokens.length];
  const units = begins.map((from, at) => String.fromCharCode(...bytesOf(tokens.slice(from, ends[at]))));
  return { units, starts: new Map([...begins, tokens.length].entries()) };
}

/** Characters as units, in the same form. */
function charactersOf(tokens) {
  const characters = [];
  const starts = new Map();
  tokens.forEach((token, index) => {
    if (isBetween(tokens, index) || !characters.length) starts.set(characters.length, index);
    for (const byte of token) {
      if (isContinuation(byte) && characters.length) characters[characters.length - 1] += String.fromCharCode(byte);
      else characters.push(String.fromCharCode(byte));
    }
  });
  starts.set(characters.length, tokens.length);
  return { units: characters, starts };
}

/** Pairs of equal units: the most possible; ties go to the choice where most tokens begin together. */
function matchesOf(a, b) {
  const [height, width] = [a.units.length, b.units.length];
  if (height * width > MOST_CELLS) return [];
  const weight = Math.min(height, width) + 1;
  const best = Array.from({ length: height + 1 }, () => new Int32Array(width + 1));
  const gain = (i, j) => weight + Number(a.starts.has(i) && b.starts.has(j));
  const isEqual = (i, j) => a.units[i] === b.units[j];
  for (let i = height - 1; i >= 0; i -= 1) {
    for (let j = width - 1; j >= 0; j -= 1) {
      best[i][j] = Math.max(best[i + 1][j], best[i][j + 1], isEqual(i, j) ? best[i + 1][j + 1] + gain(i, j) : 0);
    }
  }
  const found = [];
  let [i, j] = [0, 0];
  while (i < height && j < width) {
    if (isEqual(i, j) && best[i][j] === best[i + 1][j + 1] + gain(i, j)) found.push([i++, j++]);
    else if (best[i][j] === best[i + 1][j]) i += 1;
    else j += 1;
  }
  return found;
}

function middleCuts(a, b) {
  let [one, other] = [charactersOf(a), charactersOf(b)];
  if (one.units.length * other.units.length > MOST_CELLS) [one, other] = [wholeTokensOf(a), wholeTokensOf(b)];
  const ends = matchesOf(one, other).flatMap(([i, j]) => [
    [i, j],
    [i + 1, j + 1],
  ]);
  return ends
    .filter(([p, q]) => one.starts.has(p) && other.starts.has(q))
    .map(([p, q]) => [one.starts.get(p), other.starts.get(q)]);
}

/** Drop cuts without equal text on either side: a letter that two words share by chance makes no cut. */
function besideWhatAgrees(cuts, a, b) {
  const agrees = (at) => {
    if (at < 0 || at + 1 >= cuts.length) return false;
    const [[i, j], [nextI, nextJ]] = [cuts[at], cuts[at + 1]];
    return i < nextI && isSame(bytesOf(a.slice(i, nextI)), bytesOf(b.slice(j, nextJ)));
  };
  return cuts.filter((_, at) => at === 0 || at === cuts.length - 1 || agrees(at - 1) || agrees(at));
}

/** Cuts from [0, 0] to [a.length, b.length]: before token i of `a` and token j of `b` they stand side by side. */
export function align(a, b) {
  const [before, after] = sameEnds(a, b);
  const [lastA, lastB] = [a.length - after, b.length - after];
  const cuts = new Map();
  const add = (i, j) => cuts.set(`${i} ${j}`, [i, j]);
  for (let at = 0; at <= before; at += 1) if (isBetween(a, at) && isBetween(b, at)) add(at, at);
  for (const [i, j] of middleCuts(a.slice(before, lastA), b.slice(before, lastB))) add(before + i, before + j);
  for (let at = 0; at <= after; at += 1) if (isBetween(a, lastA + at)) add(lastA + at, lastB + at);
  const sorted = [...cuts.values()].sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  return besideWhatAgrees(sorted, a, b);
}

/** The lines between columns: token i of the reference stands from right[i] to left[i + 1]; tokens that only other texts
 * have before it, from left[i] to right[i]. */
function linesOf(count, cutsOfRows) {
  const inserted = new Set();
  for (const cuts of cutsOfRows) {
    cuts.forEach(([i], at) => at > 0 && cuts[at - 1][0] === i && inserted.add(i));
  }
  const [left, right, tokenAt] = [[], [], []];
  for (let i = 0, line = 0; i <= count; i += 1) {
    left.push(line);
    tokenAt[line] = i;
    if (inserted.has(i)) line += 1;
    right.push(line);
    tokenAt[line] = i;
    line += 1;
  }
  return { left, right, tokenAt, columns: right[count] };
}

/** A row's points: [line, token] wherever it has a boundary on a line. */
function pointsOf(cuts, { left, right }) {
  const points = [];
  cuts.forEach(([i, j], at) => {
    const [isSecond, isFirst] = [cuts[at - 1]?.[0] === i, cuts[at + 1]?.[0] === i];
    if (!isSecond) points.push([left[i], j]);
    if (!isFirst && (isSecond || right[i] !== left[i])) points.push([right[i], j]);
  });
  return points;
}

/** Mark the columns where texts differ from the reference. A text with nothing in common marks none if others do. */
function markParted(parted, others) {
  const hasShared = ({ cells }) => cells.some(({ from, to, agrees }) => agrees && to > from);
  const related = others.filter(hasShared);
  for (const { cells } of related.length ? related : others) {
    for (const { first, last, agrees } of cells) if (!agrees) parted.fill(true, first, last);
  }
}

/** The text that shares most tokens with the others; ties go to the first one of `order`. */
export function middleOf(texts, order) {
  const shared = (base, other) =>
    align(base, other).reduce((sum, [i, j], at, cuts) => {
      const [nextI, nextJ] = cuts[at + 1] ?? [i, j];
      return isSame(bytesOf(base.slice(i, nextI)), bytesOf(other.slice(j, nextJ))) ? sum + nextI - i : sum;
    }, 0);
  const scores = texts.map((base) => texts.reduce((sum, other) => sum + shared(base, other), 0) - base.length);
  return order.reduce((best, at) => (scores[at] > scores[best] ? at : best), order[0]);
}

/**
 * Several texts in columns, against a reference. Each cell of a row holds its tokens from … to, and stands on the
 * columns first … last; it agrees if the reference (in its own row: another text) has the same there.
 *
 * @param {Uint8Array[][]} texts
 * @param {number} [reference]
 * @returns {Layout}
 */
export function layOut(texts, reference = 0) {
  const base = texts[reference];
  const cutsOf = texts.map((text, at) =>
    at === reference ? Array.from({ length: base.length + 1 }, (_, i) => [i, i]) : align(base, text),
  );
  const lines = linesOf(base.length, cutsOf);
  const parted = new Array(lines.columns).fill(false);
  const rows = texts.map((text, row) => {
    const points = pointsOf(cutsOf[row], lines);
    const cells = [];
    for (let at = 1; at < points.length; at += 1) {
      const [[first, from], [last, to]] = [points[at - 1], points[at]];
      const there = bytesOf(base.slice(lines.tokenAt[first], lines.tokenAt[last]));
      const agrees = isSame(bytesOf(text.slice(from, to)), there);
      cells.push({ first, last, from, to, agrees });
    }
    return { points, cells };
  });
  markParted(
    parted,
    rows.filter((_, row) => row !== reference),
  );
  const isShared = ({ first, last }) =>
    rows.some(
      ({ cells }, row) =>
        row !== reference && cells.some((cell) => cell.first <= first && cell.last >= last && cell.agrees),
    );
  for (const cell of rows[reference].cells) cell.agrees = cell.from === cell.to || texts.length === 1 || isShared(cell);
  return { rows, parted, ...lines };
}
