/* Copies text to the clipboard. A browser may allow it only while it handles a press, so a text that is not ready yet is
 * passed as a promise.
 * Leaves out: notices about it. */

import * as dom from "../../player/core/dom.js";

/** Where a page is served without encryption; `place` can have the focus. */
function copySelected(text, place) {
  const area = dom.make("textarea", "", { readonly: "" });
  area.value = text;
  place.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  return isCopied;
}

async function write(text) {
  if (typeof text === "string") return navigator.clipboard.writeText(text);
  const blob = text.then((found) =>
    found ? new Blob([found], { type: "text/plain" }) : Promise.reject(new Error("nothing to copy")),
  );
  return navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
}

/** `text` is a string or a promise of one; nothing is copied where it is "". Returns whether it is copied. */
export async function copyText(text, place = document.body) {
  if (text === "") return false;
  if (navigator.clipboard) {
    const isCopied = await write(text).then(
      () => true,
      () => false,
    );
    if (isCopied) return true;
  }
  const found = await text;
  return found !== "" && copySelected(found, place);
}
