/* The models that this browser's reader has had in a field: a link may name them besides the embedded ones.
 * Leaves out: what is loaded. */

const CHOSEN = "tsuzuki.models";

export function models() {
  try {
    return JSON.parse(localStorage.getItem(CHOSEN)) ?? [];
  } catch {
    return [];
  }
}

export function note(names) {
  try {
    if (names.length) localStorage.setItem(CHOSEN, JSON.stringify([...new Set([...models(), ...names])]));
  } catch {
    // A private window keeps nothing.
  }
}
