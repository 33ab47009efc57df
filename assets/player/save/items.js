/* What each view can hand out: its pictures, and the numbers of a trace. Leaves out: the menu (savemenu.js). */
(() => {
  const { csv } = window.Tsuzuki;

  const FILES = {
    numbers: (trace) => ({ CSV: () => [csv.tokens(trace), "text/csv", "tsuzuki-tokens.csv"] }),
    candidates: (trace) => ({ CSV: () => [csv.candidates(trace), "text/csv", "tsuzuki-candidates.csv"] }),
    trace: (trace) => ({ JSON: () => [JSON.stringify(trace.wire), "application/json", "tsuzuki-trace.json"] }),
  };

  window.Tsuzuki.savedItems = {
    player({ headline, bars, strip, product, factors, timelines, trace }) {
      const price = factors ? ["factors", factors] : ["product", product];
      return [
        { name: "step", elements: [headline.element, bars.list, bars.caption.parentElement] },
        { name: "strip", elements: [strip.element, strip.legend] },
        { name: price[0], elements: [price[1].element] },
        ...(timelines ? [{ name: "timelines", figures: timelines.plots }] : []),
        ...Object.entries(FILES).map(([name, files]) => ({ name, files: files(trace) })),
      ];
    },
    map: ({ where, scroll, legend }) => [{ name: "map", elements: [where, scroll, legend.element] }],
    tokens: ({ count, list }) => [{ name: "tokens", elements: [count, list] }],
    duel: ({ rows, legend, figures }) => [
      { name: "duel", elements: [rows.element, legend] },
      { name: "figures", elements: [figures.element] },
    ],
    answers: ({ prompt, said, rows, caption, title, figures }) => [
      { name: "answers", elements: [prompt, said, rows, caption] },
      { name: "cuts", elements: [title, figures] },
    ],
    models: ({ said, rows, legend, figures, expected }) => [
      { name: "models", elements: [said, rows.element, legend] },
      { name: "figures", elements: [figures] },
      { name: "expected", elements: [expected.element] },
    ],
    learning: ({ said, rows, legend, expected, title, plot }) => [
      { name: "learning", elements: [said, rows.element, legend] },
      { name: "expected", elements: [expected.element] },
      { name: "curve", figures: [{ plot, title }] },
    ],
  };
})();
