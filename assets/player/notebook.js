/* A trace as the output of a notebook's cell: unpacks what viz/notebook.py has packed, and shows it in the reader's language,
 * in the notebook's theme, in a frame as high as it needs. Leaves out: Plotly, and so the timelines. */
(async () => {
  const packed = Uint8Array.from(atob(document.getElementById("tsuzuki-packed").textContent), (character) => character.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const { style, script, setup, view, value } = JSON.parse(await new Response(unpacked).text());
  for (const [tag, text] of Object.entries({ style, script })) {
    document.head.append(Object.assign(document.createElement(tag), { textContent: text }));
  }

  /** What the page around this frame says of its theme, where it may be asked. */
  function isDark() {
    try {
      const { dataset, classList } = window.parent.document.body;
      return dataset.jpThemeLight === "false" || classList.contains("vscode-dark");
    } catch {
      return false;
    }
  }

  const { dom, makeView } = window.Tsuzuki;
  const language = dom.readersLanguage(setup);
  document.documentElement.lang = language;
  document.documentElement.classList.toggle("dark", isDark());
  const main = document.body.appendChild(dom.make("main", "", { style: "padding-top: 12px" }));
  const place = main.appendChild(dom.make("div"));
  const fit = () => window.frameElement && (window.frameElement.style.height = `${Math.ceil(main.getBoundingClientRect().bottom)}px`);
  new ResizeObserver(fit).observe(main);
  makeView(view, place, { setup, language }).show(value);
})();
