/* An exported page: one player, the language and the theme to choose, and Plotly unpacked by the browser itself.
 * Leaves out: everything that the player does. */
(() => {
  const { dom, Player, wordsOf } = window.Tsuzuki;
  const LANGUAGES = { ja: "日本語", en: "English" };

  async function unpackPlotly() {
    const packed = Uint8Array.from(atob(document.getElementById("tsuzuki-plotly").textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  }

  function themeButton(words) {
    const button = dom.make("button", "tz-button", { type: "button" });
    button.append(dom.icon("M12 3a9 9 0 100 18 9 9 0 000-18z M12 5v14a7 7 0 000-14z"));
    button.querySelector("path").setAttribute("fill-rule", "evenodd");
    button.addEventListener("click", () => {
      const { classList } = document.documentElement;
      const isDark = getComputedStyle(document.body).getPropertyValue("--scheme").trim() === "dark";
      classList.remove("system");
      classList.toggle("dark", !isDark);
    });
    return button;
  }

  const { trace, setup, language } = JSON.parse(document.getElementById("tsuzuki-data").textContent);
  const main = dom.make("main");
  const bar = dom.make("header", "tz-page-bar", {}, dom.make("h1", "", {}, "Tsuzuki ", dom.make("span", "", { lang: "ja" }, "続き")));
  document.body.append(bar, main);
  const player = new Player(main, { setup, language, view: trace.sampling ? "step" : "score" });
  const theme = themeButton();
  const choices = Object.entries(LANGUAGES).map(([code, name]) => {
    const button = dom.make("button", "tz-link", { type: "button", lang: code }, name);
    button.addEventListener("click", () => choose(code));
    return [code, button];
  });
  function choose(code) {
    document.documentElement.lang = code;
    player.setLanguage(code);
    theme.setAttribute("aria-label", wordsOf(setup, code)("export.theme"));
    for (const [other, button] of choices) button.setAttribute("aria-pressed", String(other === code));
  }
  bar.append(dom.make("nav", "", {}, ...choices.map(([, button]) => button), theme));
  choose(language);
  player.show(trace);
  unpackPlotly();
})();
