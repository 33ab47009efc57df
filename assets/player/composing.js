/* Keys that an input method takes, such as the Enter that ends the conversion of かな into 漢字 or the Escape that takes it
 * back, mean nothing to the page: no listener hears them, ours and others' alike.
 * Leaves out: what the input method does with them, which goes on. */
(() => {
  /** Safari tells of the Enter that has ended a conversion when it is over; by then only this number says whose it was. */
  const TAKEN = 229;

  function keepFromPage(event) {
    if (event.isComposing || event.keyCode === TAKEN) event.stopImmediatePropagation();
  }

  for (const kind of ["keydown", "keypress", "keyup"]) addEventListener(kind, keepFromPage, true);
})();
