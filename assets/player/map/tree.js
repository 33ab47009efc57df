/* The branches as one tree of tokens: shared tokens once, with the candidates that no branch has taken, and the tokens of a
 * beam search. Every place knows its logprob given the prompt, so siblings add up to their parent.
 * Leaves out: drawing it (map.js). */

import { readToken, Trace } from "../trace/trace.js";

/** @import { Branches } from "../trace/branches.js" */
/** @import { Token } from "../trace/trace.js" */

/** Logprobs are rounded to 1e-7: a smaller rest is none. */
const LEAST_REST = 1e-6;

/**
 * A place behind the prompt.
 *
 * @typedef {object} Place
 * @property {Place | null} parent null for the root, which stands for the prompt
 * @property {Token | null} token null for the root and for a rest
 * @property {number} logprob given its parent
 * @property {number} total logprob given the prompt
 * @property {number} depth
 * @property {Map<number, Place>} children by id
 * @property {string[]} branches keys of those that go through it
 * @property {{trace: Trace, index: number} | null} next the step behind it
 * @property {string} fate its state in a beam search
 * @property {boolean} [isEnd] whether a text ends here
 * @property {boolean} [isFree] whether no branch has taken it
 * @property {boolean} [isRest] whether it stands for all further tokens
 * @property {number} [count] of the tokens of a rest
 * @property {number} [top] as a share of the picture's height, as is `height`
 * @property {number} [height]
 */

/**
 * @param {Place | null} parent
 * @param {Token | null} token
 * @param {number} logprob
 * @returns {Place}
 */
function place(parent, token, logprob) {
  return {
    parent,
    token,
    logprob,
    depth: parent ? parent.depth + 1 : 0,
    total: (parent?.total ?? 0) + logprob,
    children: new Map(),
    branches: [],
    next: null,
    fate: "",
  };
}

function childOf(parent, token, logprob) {
  if (!parent.children.has(token.id)) parent.children.set(token.id, place(parent, token, logprob));
  return parent.children.get(token.id);
}

/** Where the branches' common prompt ends: the first step that any of them drew, or that they do not share. */
function promptLength(traces) {
  const [first, ...others] = traces;
  const idOf = (trace, index) => trace.step(index).chosen.token.id;
  const isShared = (index) =>
    others.every((trace) => index < trace.length && idOf(trace, index) === idOf(first, index));
  const given = Math.min(...traces.map((trace) => (trace.isGenerated ? trace.firstGenerated : trace.length)));
  let length = 0;
  while (length < given && isShared(length)) length += 1;
  return length;
}

/** Add the first `steps` steps of a beam search to the tree, with pruned tokens only of the last one. */
function addSearch(from, search, steps) {
  let kept = [{ node: from, logprob: 0 }];
  search.steps.slice(0, steps).forEach((looked, step) => {
    const next = [];
    for (const [parent, position, logprob, , fate] of looked) {
      if (fate === "pruned" && step < steps - 1) continue;
      const token = readToken(search.tokens[position]);
      const node = childOf(kept[parent].node, token, logprob - kept[parent].logprob);
      node.fate = fate;
      if (fate === "kept") next.push({ node, logprob });
    }
    kept = next;
  });
}

/** The place behind these ids, or null if the tree has none. */
function placeOf(root, ids) {
  let node = root;
  for (const id of ids) node = node?.children.get(id) ?? null;
  return node;
}

/**
 * Takes branches of branches.js, and the count of beam-search steps to show. Returns the root, which stands for the
 * prompt, the count of the prompt's steps, and the first trace.
 *
 * @param {Pick<Branches, "list" | "search">} branches
 * @param {number} searchSteps
 */
export function treeOf({ list, search }, searchSteps) {
  const traces = list.map(({ wire }) => new Trace(wire));
  const prompt = promptLength(traces);
  const root = place(null, null, 0);
  traces.forEach((trace, number) => {
    let node = root;
    root.branches.push(list[number].key);
    for (let index = prompt; index < trace.length; index += 1) {
      node.next ??= { trace, index };
      const { chosen } = trace.step(index);
      node = childOf(node, chosen.token, chosen.logprob);
      node.branches.push(list[number].key);
    }
    node.isEnd = trace.wire.end === "end_of_text";
  });
  const before = traces[0].wire.context.length + prompt;
  const from = search && search.ids.length >= before ? placeOf(root, search.ids.slice(before)) : null;
  if (from) addSearch(from, search, searchSteps);
  return { root, prompt, trace: traces[0] };
}

/**
 * The choices behind a place, the most likely first: its children, and candidates that no branch has taken.
 *
 * @param {Place} node
 * @param {number} count
 * @returns {Place[]}
 */
function choices(node, count) {
  const taken = [...node.children.values()];
  const free = (node.next?.trace.candidates(node.next.index, count) ?? [])
    .filter(({ token }) => !node.children.has(token.id))
    .map(({ token, logprob }) => ({ ...place(node, token, logprob), isFree: true }));
  return [...taken, ...free].sort((a, b) => b.logprob - a.logprob);
}

/** The rest of the step behind a place besides the `shown` ones, or null if there is none. */
function restOf(node, shown, vocabSize) {
  const share = 1 - shown.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0);
  const isStep = node.next || shown.length > 0;
  return isStep && share > LEAST_REST
    ? { ...place(node, null, Math.log(share)), isRest: true, count: vocabSize - shown.length }
    : null;
}

/**
 * Every place behind `focus`, with its top and height as shares of the height of `focus`, within its parent: the most likely
 * on top, and at the bottom the rest, which includes untaken candidates with a share below `least`.
 *
 * @param {Place} focus
 * @param {{count: number, least: number, vocabSize: number}} limits
 * @returns {Place[]}
 */
export function layOut(focus, { count, least, vocabSize }) {
  const found = [];
  const visit = (node, top, height) => {
    const shown = choices(node, count).filter((child) => !child.isFree || Math.exp(child.logprob) * height >= least);
    let at = top;
    for (const child of shown) {
      const share = Math.exp(child.logprob) * height;
      Object.assign(child, { top: at, height: share });
      found.push(child);
      if (!child.isFree) visit(child, at, share);
      at += share;
    }
    const rest = restOf(node, shown, vocabSize);
    if (rest) found.push({ ...rest, top: at, height: top + height - at });
  };
  visit(focus, 0, 1);
  return found;
}
