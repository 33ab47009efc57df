/* What Gradio's own parts lack for someone who types from right to left, or does not use a mouse: text fields that take
 * their direction from the text, a focus that goes from a button that is gone to the one in its place, a list of choices that
 * goes when the focus does, and one stop for Tab at several choices.
 * Leaves out: what style sheets can mend (page.css). */
(() => {
  const { dom } = window.Tsuzuki;
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
    for (const field of document.querySelectorAll(TYPED)) field.dir = "auto";
    for (const radio of document.querySelectorAll("fieldset[id] input[type=radio]")) radio.name = radio.closest("fieldset").id;
    // A list that scrolls is a stop for Tab, and gone before it is reached.
    for (const list of document.querySelectorAll("[role=listbox]")) list.tabIndex = -1;
    keepFocus();
  }

  /** To a dropdown Tab is a key like any other, which opens its list; nothing would close it again. */
  function keepClosed(event) {
    if (event.key === "Tab" && event.target.matches("[role=combobox]")) event.stopPropagation();
  }

  document.addEventListener("keydown", keepClosed, true);
  // After a click, keys are for the player again.
  document.addEventListener("focusin", ({ target }) => (latest = target.matches(":focus-visible") ? target.id : ""));
  new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
  mend();
})();
