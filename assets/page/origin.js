/* Says so where the page stands in a sandboxed frame without an origin: there it may run scripts but not ask its own app for
 * anything, so that Gradio never starts. Leaves out: frames that run no scripts, where nothing can be said. */
(() => {
  const { dom, embed, readersLanguage, wordsOf } = { ...window.Tsuzuki, ...window.Tsuzuki.dom };
  if (window.origin !== "null") return;
  const setup = window.TsuzukiSetup;
  const language = embed.language in setup.words ? embed.language : readersLanguage(setup);

  function say() {
    document.documentElement.lang = language;
    document.body.replaceChildren(dom.make("p", "tz-no-origin", { role: "alert" }, wordsOf(setup, language)("page.no_origin")));
  }

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", say);
  else say();
})();
