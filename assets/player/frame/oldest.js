/* Shows a notice in browsers older than the supported ones (docs/installation.md), where things would silently be missing.
 * Leaves out: browsers so old that they cannot read these scripts. */

import * as dom from "../core/dom.js";

const isOld = () =>
  !(
    "CompressionStream" in window &&
    CSS.supports("selector(:has(a))") &&
    CSS.supports("color", "color-mix(in srgb, red, red)")
  );

/** A sentence above the page; `words` are those of its language. */
export function sayIfOld(words) {
  if (!isOld()) return;
  const line = document.querySelector(".tz-oldest") ?? dom.make("p", "tz-oldest", { role: "status" });
  dom.setText(line, words("oldest.said"));
  document.body.prepend(line);
}
