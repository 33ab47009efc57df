/* What Gradio's own parts lack for someone who types from right to left, or does not use a mouse: text fields that take
 * their direction from the text, a focus that goes from a button that is gone to the one in its place, and a list of choices
 * that goes when the focus does.
 * Leaves out: what style sheets can mend (page.css). */
(() => {
  const PAIRS = [
    ["run", "stop"],
    ["table-run", "table-stop"],
  ];
  const TYPED = ":is(textarea, input[type=text])[dir=ltr]";
  let latest = "";

  const partnerOf = (id) => PAIRS.find((pair) => pair.includes(id))?.find((other) => other !== id);

  function keepFocus() {
    if (document.activeElement !== document.body || document.getElementById(latest)?.checkVisibility()) return;
    const partner = document.getElementById(partnerOf(latest) ?? "");
    if (partner?.checkVisibility()) partner.focus();
  }

  function mend() {
    for (const field of document.querySelectorAll(TYPED)) field.dir = "auto";
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
