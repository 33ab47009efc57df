/* Shows a notice in a sandboxed frame without an origin: scripts run there, but the app answers none of them, so Gradio never
 * starts. The words (page/serving/opening.py) stand before this script. Leaves out: all that Gradio does. */
(() => {
  if (window.origin !== "null") return;
  const said = window.TsuzukiNoOrigin;
  const asked = [new URLSearchParams(location.search).get("language"), ...navigator.languages];
  const language = asked.map((code) => code?.split("-")[0]).find((code) => code in said) ?? "en";

  function say() {
    const line = document.createElement("p");
    Object.assign(line, { lang: language, textContent: said[language] });
    line.setAttribute("role", "alert");
    line.style.cssText = "max-width: 40em; margin: 2em auto; padding: 0 1em; font: 18px/1.6 system-ui, sans-serif";
    document.body.replaceChildren(line);
  }

  addEventListener("DOMContentLoaded", say);
})();
