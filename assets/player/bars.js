/* The bars of one step: the most likely tokens, the chosen one marked, cut ones hatched, all others as one bar.
 * Rows are made once and filled at each step. Leaves out: which rows there are, which is `Trace.candidates`. */
(() => {
  const { dom, formats, candidateDetails } = window.Tsuzuki;
  const SHOWN_WIDE = 10;
  const SHOWN_NARROW = 6;
  const SCALES = [0.1, 0.2, 0.3, 0.5, 0.75, 1];

  class Bars {
    #rows = [];
    #candidates = [];
    #index = 0;
    #isOpen = false;

    constructor(player) {
      this.player = player;
      this.shown = SHOWN_WIDE;
      this.element = dom.make("section", "tz-bars");
      this.list = dom.make("div", "tz-rows", { role: "group" });
      this.others = this.#makeRow("div");
      this.others.row.classList.add("tz-others");
      this.list.append(this.others.row);
      this.more = dom.make("button", "tz-more", { type: "button" });
      this.more.addEventListener("click", () => this.#toggle());
      this.caption = dom.make("p", "tz-caption");
      this.element.append(this.list, dom.make("div", "tz-under", {}, this.caption, this.more));
    }

    #toggle() {
      this.#isOpen = !this.#isOpen;
      this.goTo(this.#index);
    }

    setNarrow(isNarrow) {
      this.shown = isNarrow ? SHOWN_NARROW : SHOWN_WIDE;
    }

    setWords() {
      this.list.setAttribute("aria-label", this.player.words("bars.label"));
    }

    #makeRow(tag) {
      const row = dom.make(tag, "tz-row", tag === "button" ? { type: "button" } : {});
      const [rank, label, percent, mark] = ["rank", "label", "percent", "mark"].map((name) =>
        dom.make("span", `tz-${name}`),
      );
      const fill = dom.make("span", "tz-fill");
      const word = dom.make("span", "tz-mark-word");
      const arrow = dom.make("span", "tz-arrow", { "aria-hidden": "true" }, "◂ ");
      mark.append(arrow, word);
      row.append(rank, label, dom.make("span", "tz-track", {}, fill), percent, mark);
      return { row, rank, label, percent, word, fill };
    }

    #row(at) {
      while (this.#rows.length <= at) {
        const position = this.#rows.length;
        const made = this.#makeRow("button");
        const content = () => this.#details(this.#candidates[position]);
        this.player.details.attach(made.row, content, { side: "right", beside: () => this.list });
        this.others.row.before(made.row);
        this.#rows.push(made);
      }
      return this.#rows[at];
    }

    #details(candidate) {
      const { words, trace } = this.player;
      const isChosen = candidate.rank === trace.step(this.#index).chosen.rank;
      return candidateDetails(words, candidate, isChosen ? trace.characterAround(this.#index) : "");
    }

    /** Fill the rows with the step's; every bar has its length on one scale, the smallest that holds all tokens. */
    goTo(index) {
      const { trace } = this.player;
      const { chosen, given } = trace.step(index);
      this.#index = index;
      this.#candidates = trace.candidates(index, this.#isOpen ? Infinity : this.shown);
      const rest = trace.vocabSize - this.#candidates.length;
      const mass = this.#candidates.reduce((sum, candidate) => sum + candidate.probability, 0);
      const others = Math.max(0, 1 - mass);
      const longest = Math.max(...this.#candidates.map((candidate) => candidate.probability));
      const scale = SCALES.find((one) => one >= longest) ?? 1;
      this.#candidates.forEach((candidate, at) => {
        this.#fill(this.#row(at), candidate, scale, candidate.rank === chosen.rank ? (given ? "given" : "chosen") : "");
      });
      this.#rows.forEach(({ row }, at) => (row.hidden = at >= this.#candidates.length));
      this.others.row.hidden = rest <= 0;
      if (rest > 0) this.#fillOthers(rest, others, scale);
      this.#describe(scale, rest > 0 && others > scale, index);
    }

    #fill(row, candidate, scale, chosen) {
      const { words } = this.player;
      dom.setText(row.rank, formats.fixed(candidate.rank, 0));
      dom.drawToken(row.label, candidate.token);
      this.#setLength(row, candidate.probability, scale);
      row.row.classList.toggle("tz-chosen", chosen !== "");
      row.row.classList.toggle("tz-cut", candidate.cut);
      dom.setText(row.word, chosen ? words(`bars.${chosen}`) : candidate.cut ? words("bars.cut") : "");
    }

    #fillOthers(count, probability, scale) {
      dom.setText(this.others.label, this.player.words("bars.others", { count: formats.fixed(count, 0) }));
      this.#setLength(this.others, probability, scale);
      this.others.row.classList.toggle("tz-broken", probability > scale);
    }

    #setLength(row, probability, scale) {
      dom.setText(row.percent, formats.percent(probability));
      row.fill.style.transform = `translateX(${(Math.min(1, probability / scale) - 1) * 100}%)`;
    }

    #describe(scale, isBroken, index) {
      const { words, trace, language } = this.player;
      const { sampling } = trace.wire;
      const { given, count } = trace.step(index);
      const sentences = [words("bars.caption", { count: formats.fixed(trace.vocabSize, 0), scale: `${scale * 100} %` })];
      if (isBroken) sentences.push(words("bars.broken"));
      const isGreedy = !given && sampling?.temperature === 0 && sampling.repetition_penalty === 1;
      if (isGreedy) sentences.push(words("bars.argmax"));
      dom.setText(this.caption, sentences.join(language.startsWith("ja") ? "" : " "));
      this.more.hidden = count <= this.shown;
      dom.setText(this.more, this.#isOpen ? words("bars.fewer") : words("bars.more", { count }));
      this.more.setAttribute("aria-expanded", String(this.#isOpen));
    }

    /** The row of the chosen token. */
    get chosenRow() {
      return this.#rows.find(({ row }) => !row.hidden && row.classList.contains("tz-chosen"));
    }
  }

  window.Tsuzuki.Bars = Bars;
})();
