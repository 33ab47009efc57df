/* The keys of the players on a page: ← → Home End and space, where the focus is inside a player or nowhere; in a frame on a
 * slide, where it is inside the view.
 * Leaves out: the keys of text fields and of the slider, which keep their own meaning. */

import * as embed from "../frame/embed.js";
import { addPlayer, allPlayers } from "./players.js";

let latest = null;

const isShown = (player) => player.root.isConnected && player.root.getClientRects().length > 0;

function playerFor(target) {
  for (const player of allPlayers()) if (player.root.contains(target)) return player;
  const isFree = embed.isOn ? embed.owns(target) : target === document.body || target === document.documentElement;
  if (!isFree) return null;
  if (latest && isShown(latest)) return latest;
  return allPlayers().find(isShown) ?? null;
}

function moveOf(key, player) {
  if (key === "ArrowLeft") return () => player.goTo(player.index - 1);
  if (key === "ArrowRight") return () => player.goTo(player.index + 1);
  if (key === "Home") return () => player.goTo(0);
  if (key === "End") return () => player.goTo(Infinity);
  return null;
}

function onKey(event) {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const { target, key } = event;
  const player = playerFor(target);
  if (!player?.trace?.length) return;
  if (target.matches("input, textarea, select, [contenteditable]:not([contenteditable=false])")) return;
  if (key === " " && player.controls && !target.closest("button, a, summary")) {
    event.preventDefault();
    player.controls.togglePlay();
  }
  const move = moveOf(key, player);
  if (!move) return;
  event.preventDefault();
  player.controls?.stop();
  move();
}

document.addEventListener("keydown", onKey);

/** Let the keys reach this player. */
export function giveKeysTo(player) {
  addPlayer(player);
  for (const kind of ["pointerdown", "focusin"]) player.root.addEventListener(kind, () => (latest = player));
}
