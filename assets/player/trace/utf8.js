/* Bytes as text: what is no character of UTF-8 is written out, as model_utils/trace/utf8.py does.
 * Leaves out: labels of tokens, which come with a trace. */

const BROKEN = "\ufffd";
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** UTF-8 text with U+FFFD for each maximal part of a character, as Python's `bytes.decode("utf-8", "replace")`. */
export const decodeLenient = (bytes) => decoder.decode(Uint8Array.from(bytes));

/** "‹E3 81›" for bytes that are no character. */
function hexLabel(bytes) {
  return `‹${Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ")}›`;
}

/** A character, or the largest part of one: the most bytes from `at` on that decode to a single code point. */
function longestAt(bytes, at) {
  for (let count = 4; count > 1; count -= 1) {
    const taken = bytes.slice(at, at + count);
    const text = decodeLenient(taken);
    if ([...text].length === 1) return { taken, text };
  }
  const taken = bytes.slice(at, at + 1);
  return { taken, text: decodeLenient(taken) };
}

/**
 * UTF-8 text; bytes that are no character are written out.
 *
 * @param {number[]} bytes
 */
export function decode(bytes) {
  const whole = decodeLenient(bytes);
  if (!whole.includes(BROKEN)) return whole;
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    const { taken, text } = longestAt(bytes, at);
    // Three bytes from EF on are U+FFFD itself.
    const isCharacter = text !== BROKEN || (taken[0] === 0xef && taken.length === 3);
    found.push(isCharacter ? text : hexLabel(taken));
    at += taken.length;
  }
  return found.join("");
}
