/* Joins Gradio's components to the pictures: mounts one in each place, hands it its value, and tells all of them the
 * language. Leaves out: the pictures themselves, and what the server does. */
(() => {
  const { Player, TokenPieces, dom, wordsOf } = window.Tsuzuki;
  const setup = window.TsuzukiSetup;
  const PLOTLY_AFTER_MS = 300;
  const pictures = new Set();
  let language = navigator.language.startsWith("ja") ? "ja" : "en";
  let stepPlayer = null;

  /** Plotly is large and draws the timelines alone, so it comes when the page stands. */
  const loadPlotly = () => document.head.append(dom.make("script", "", { src: setup.plotly }));

  class Notice {
    constructor(root) {
      this.line = dom.make("p", "tz-notice", { role: "status" });
      root.append(this.line);
    }

    setLanguage() {}

    show(sentence) {
      dom.setText(this.line, sentence ?? "");
    }
  }

  class PagePlayer {
    constructor(root, options) {
      this.player = new Player(root, options);
      if (options.view !== "step") return;
      stepPlayer = this.player;
      setTimeout(loadPlotly, PLOTLY_AFTER_MS);
    }

    setLanguage(code) {
      this.player.setLanguage(code);
    }

    /** `value` is a whole trace, or the next part of a growing one (Growth in model_utils/wire.py). */
    show(value) {
      const wire = value?.after ? this.#joined(value) : value;
      if (wire === undefined) return;
      this.wire = wire;
      this.player.show(wire, { follow: wire?.end === "unfinished" });
    }

    /** The trace so far; undefined where a part is missing, until the whole trace comes. */
    #joined({ after, ...part }) {
      if (after.steps === 0) return part;
      const { wire } = this;
      if (wire?.steps.length !== after.steps || wire.tokens.length !== after.tokens) return undefined;
      return { ...part, tokens: [...wire.tokens, ...part.tokens], steps: [...wire.steps, ...part.steps] };
    }
  }

  const KINDS = { player: PagePlayer, tokens: TokenPieces, notice: Notice };

  /** Fill a place of the page; `props` and `watch` are what gr.HTML gives to its script. */
  function mount(kind, element, props, watch) {
    const host = element.querySelector(".tz-host");
    const picture = new KINDS[kind](host, { setup, language, view: props.view });
    const show = () => picture.show(props.value || null);
    pictures.add(picture);
    watch("value", show);
    show();
  }

  function setLanguage(code) {
    language = code;
    document.documentElement.lang = code;
    const words = wordsOf(setup, code);
    document.querySelector("#theme")?.setAttribute("aria-label", words("page.theme"));
    document.querySelector("#language fieldset")?.setAttribute("aria-label", words("page.language"));
    for (const picture of pictures) picture.setLanguage(code);
  }

  function switchTheme() {
    document.body.classList.toggle("dark");
  }

  /** The trace on the page as a file, as model_utils/wire.py writes it. */
  function save() {
    const { wire } = stepPlayer?.trace ?? {};
    if (!wire) return;
    const url = URL.createObjectURL(new Blob([JSON.stringify(wire)], { type: "application/json" }));
    dom.make("a", "", { href: url, download: "trace.json" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  window.TsuzukiPage = { mount, setLanguage, switchTheme, save };
})();
