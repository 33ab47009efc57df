/* Branches without their numbers: what it takes to compute them again, as model_utils/views/protocol/links.py reads it.
 * Leaves out: packing (link.js). */

import { beginsWith } from "../../player/trace/branches.js";
import * as steps from "../../player/trace/steps.js";
import { readToken } from "../../player/trace/trace.js";
import { decodeLenient } from "../../player/trace/utf8.js";

/** A step's identity without its numbers: id, given, and cut ranks. */
const signOf = (wire) => (step) => [wire.tokens[step.chosen[0]][0], step.given, step.cut ?? []].join();

function sharedSteps(one, other) {
  if (one.context !== other.context) return 0;
  const length = Math.min(one.signs.length, other.signs.length);
  let count = 0;
  while (count < length && one.signs[count] === other.signs[count]) count += 1;
  return count;
}

/** Run lengths of the steps: given, drawn, given again, and so on. */
function runsOf(steps) {
  const runs = [];
  for (const { given } of steps) {
    if (runs.length === 0) runs.push(0);
    if (runs.length % 2 !== Number(given)) runs.push(0);
    runs[runs.length - 1] += 1;
  }
  return runs;
}

/** The rank from which on all candidates were cut, 0 for none, or the ranks. */
function cutOf(step) {
  const { cut = [] } = step;
  if (typeof cut === "number") return cut;
  const { length } = steps.positionsOf(step);
  const isRest = cut.length && cut[0] + cut.length === length + 1 && cut.at(-1) === length;
  return cut.length === 0 ? 0 : isRest ? cut[0] : cut;
}

function textOf(wire) {
  const positions = [...wire.context, ...wire.steps.map(({ chosen }) => chosen[0])];
  const tokens = positions.map((at) => readToken(wire.tokens[at])).filter(({ special }) => !special);
  return decodeLenient(tokens.flatMap(({ bytes }) => [...bytes]));
}

function outlineOf({ name, from, wire }, after) {
  const own = wire.steps.slice(after.steps);
  const cut = own.map(cutOf);
  const ids = own.map(({ chosen }) => wire.tokens[chosen[0]][0]);
  return {
    name,
    from,
    after,
    ids: after.steps ? ids : [wire.tokens[wire.context[0]][0], ...ids],
    given: runsOf(own),
    ...(cut.some((one) => one !== 0) && { cut }),
    sampling: wire.sampling,
    end: wire.end,
    candidates: own.reduce((most, step) => Math.max(most, steps.positionsOf(step).length), 0),
    text: textOf(wire),
  };
}

/** A beam search, with the branch and the count of steps before it. */
function searchOf({ ids, settings }, list) {
  return { branch: list.findIndex((branch) => beginsWith(branch, ids)), steps: ids.length - 1, settings };
}

/** Outline of a `Branches`; null if no link can hold it: no trace, traces of several models, or no single token to begin with. */
export function outline({ list, current, search }) {
  const [first] = list;
  const isLike = ({ wire }) => wire.model === first.wire.model && wire.revision === first.wire.revision;
  if (!first || !list.every((branch) => isLike(branch) && branch.wire.context.length === 1)) return null;
  const signs = list.map(({ wire }) => ({
    context: wire.tokens[wire.context[0]][0],
    signs: wire.steps.map(signOf(wire)),
  }));
  const rows = list.map((branch, number) => {
    const shared = signs.slice(0, number).map((before) => sharedSteps(before, signs[number]));
    const steps = Math.max(0, ...shared);
    return outlineOf(branch, { branch: Math.max(0, shared.indexOf(steps)), steps });
  });
  const { model, revision } = first.wire;
  return {
    model,
    revision,
    current: list.indexOf(current),
    list: rows,
    ...(search && { search: searchOf(search, list) }),
  };
}
