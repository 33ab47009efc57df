/* How a player goes on from a step with other tokens: it forks its branch, and asks. Leaves out: the answer. */

/** @import { Player } from "./player.js" */

/**
 * Go on from before a step with several tokens of known logprob, as a beam search found them.
 *
 * @param {Player} player
 */
export function goOnBy(player, index, places) {
  const { branches, trace } = player;
  const ids = places.map(({ token }) => token.id);
  const here = index < trace.length ? trace.candidates(index, Infinity) : [];
  const candidate = here.find(({ token }) => token.id === ids[0]);
  player.goTo(index);
  if (ids.length === 1 && candidate) goOn(player, { candidate });
  // biome-ignore lint/suspicious/noThenProperty: a field of Ask in model_utils/views/protocol/branches.py
  else player.ask(branches.fork(index), { then: ids });
}

/**
 * Go on from before the step shown: with one of its candidates, with typed text, or, with neither, from the end.
 *
 * @param {Player} player
 */
export function goOn(player, { candidate = null, text = "" }) {
  const { branches, trace, index } = player;
  player.details.hide();
  const hasEnded = trace.wire.end === "end_of_text" && !candidate && !text;
  player.say(hasEnded ? player.words("branches.ended") : "");
  if (hasEnded) return;
  if (candidate) branches.fork(index, [candidate.position, candidate.rank, candidate.logprob]);
  else if (text) branches.fork(index);
  player.ask(branches.current, { text });
}
