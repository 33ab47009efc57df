/* Hides the keys of an input method from all listeners of the page, such as the Enter that ends the conversion of かな into
 * 漢字, or the Escape that cancels it.
 * Leaves out: the input method itself, which still receives them. */

/** Safari reports the Enter that ended a conversion after its end; only this key code still tells it apart. */
const TAKEN = 229;

function keepFromPage(event) {
  if (event.isComposing || event.keyCode === TAKEN) event.stopImmediatePropagation();
}

for (const kind of ["keydown", "keypress", "keyup"]) addEventListener(kind, keepFromPage, true);
