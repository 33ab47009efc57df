/* The step-through players on a page. Leaves out: what reaches them (keys.js, frame/fit.js). */

const players = new Set();

export const allPlayers = () => [...players];

/** Note a player, and forget those that are gone. */
export function addPlayer(player) {
  for (const known of players) if (!known.root.isConnected) players.delete(known);
  players.add(player);
}
