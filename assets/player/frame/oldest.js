/* Shows a notice in browsers older than the supported ones (docs/installation.md), where things would silently be missing.
 * Leaves out: browsers so old that they cannot read these scripts. */
(() => {
  const isOld = () =>
    !("CompressionStream" in window && CSS.supports("selector(:has(a))") && CSS.supports("color", "color-mix(in srgb, red, red)"));

  /** A sentence above the page; `words` are those of its language. */
  function sayIfOld(words) {
    const { dom } = window.Tsuzuki;
    if (!isOld()) return;
    const line = document.querySelector(".tz-oldest") ?? dom.make("p", "tz-oldest", { role: "status" });
    dom.setText(line, words("oldest.said"));
    document.body.prepend(line);
  }

  window.Tsuzuki.sayIfOld = sayIfOld;
})();
