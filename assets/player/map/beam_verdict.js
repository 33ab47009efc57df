/* A sentence that compares the probability of a beam search's text with that of the greedy one, over equally many tokens
 * after the same prompt, from the traces on the page.
 * Leaves out: showing it (bar.js). */

import * as formats from "../core/formats.js";
import { idsOf } from "../trace/branches.js";

/** The steps of a branch behind these ids, or null if it does not begin with them. */
function stepsBehind({ wire }, ids) {
  const own = idsOf(wire);
  return ids.every((id, at) => own[at] === id) ? wire.steps.slice(ids.length - wire.context.length) : null;
}

const logprobOf = (steps) => steps.reduce((sum, { chosen }) => sum + chosen[2], 0);

/** The best text's steps, or undefined where no branch has it. */
function foundSteps({ list, search }, tokens) {
  const ids = [...search.ids, ...tokens];
  const branch = list.find((one) => stepsBehind(one, ids));
  return branch && stepsBehind(branch, search.ids).slice(0, tokens.length);
}

/** The first `count` greedy steps, or all of a greedy text that ended before, or undefined. */
function greedySteps({ list, search }, count) {
  for (const branch of list) {
    const steps = stepsBehind(branch, search.ids)?.slice(0, count) ?? [];
    const isWhole = steps.length === count || branch.wire.end === "end_of_text";
    if (steps.length > 0 && isWhole && steps.every(({ chosen }) => chosen[1] === 1)) return steps;
  }
  return undefined;
}

/** Empty where the page does not have both texts. */
export function beamVerdict(branches, words) {
  const { search } = branches;
  if (!search) return "";
  const tokens = search.sequences[0].tokens.map((at) => search.tokens[at][0]);
  const found = foundSteps(branches, tokens);
  const greedy = found && greedySteps(branches, tokens.length);
  if (!greedy) return "";
  const [one, other] = [found, greedy].map(logprobOf);
  if (one === other) return words("map.beam_same");
  const [p, q] = [Math.max(one, other), Math.min(one, other)].map((nats) =>
    formats.product(nats).replaceAll(" ", "\u00a0"),
  );
  const blanks = { times: formats.times(Math.abs(one - other)), count: tokens.length, p, q };
  return words(one > other ? "map.beam_more" : "map.beam_less", blanks);
}
