/* Mends Gradio's components for right-to-left text and for keyboards: text fields take their direction from the text, the
 * focus goes from a hidden button to its replacement, a list of choices closes when it loses the focus, and a group of
 * choices is one stop for Tab.
 * Leaves out: repairs by style sheets (styles/gradio.css). */

import * as dom from "../player/core/dom.js";

const PAIRS = [
  ["run", "stop"],
  ["table-run", "table-stop"],
];
const TYPED = ":is(textarea, input[type=text])[dir=ltr]";
let latest = "";

function isThere(id) {
  const found = document.getElementById(id);
  return found !== null && dom.isSeen(found);
}

const partnerOf = (id) => PAIRS.find((pair) => pair.includes(id))?.find((other) => other !== id);

function keepFocus() {
  if (document.activeElement !== document.body || isThere(latest)) return;
  const partner = partnerOf(latest) ?? "";
  if (isThere(partner)) document.getElementById(partner).focus();
}

function mend() {
  for (const field of dom.findAll(TYPED)) field.dir = "auto";
  /** @type {NodeListOf<HTMLInputElement>} */
  const radios = dom.findAll("fieldset[id] input[type=radio]");
  for (const radio of radios) radio.name = radio.closest("fieldset").id;
  // A list that scrolls is a stop for Tab, and gone before it is reached.
  for (const list of dom.findAll("[role=listbox]")) list.tabIndex = -1;
  keepFocus();
}

/** Keep Tab from dropdowns: like any other key it opens the list, which nothing would close again. */
function keepClosed(event) {
  if (event.key === "Tab" && dom.targetOf(event)?.matches("[role=combobox]")) event.stopPropagation();
}

document.addEventListener("keydown", keepClosed, true);
// After a click, keys are for the player again.
document.addEventListener("focusin", (event) => {
  const target = dom.targetOf(event);
  latest = target?.matches(":focus-visible") ? target.id : "";
});
new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
mend();
