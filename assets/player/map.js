/* The probability map: all branches as one picture. Time runs to the right; a block is as high as its token's joint
 * probability given the prompt, so siblings stack up to their parent. Taken blocks are filled, candidates that no branch
 * has taken are faint. Zooming gives a block the whole height, so that the improbable can be reached.
 * Leaves out: what the tree is (tree.js), and the steps, which are the player's. */
(() => {
  const { dom, formats, treeOf, layOut, tokenHead, detailTable, Details, MapBar } = window.Tsuzuki;
  const COLUMNS = [96, 150];
  const HEIGHT = 520;
  const CANDIDATES = 12;
  const LEAST_FREE = 7;
  const LEAST_TAKEN = 4;
  const LABEL_FROM = 13;

  class ProbabilityMap {
    /** Ids from the prompt to the block that has the whole height. */
    #zoom = [];
    #path = [];

    constructor(root, { setup, language, branches, player }) {
      Object.assign(this, { root, setup, branches, player });
      root.classList.add("tsuzuki");
      this.details = new Details(root);
      this.where = dom.make("p", "tz-map-where", { role: "status" });
      this.out = this.#makeButton(() => this.#setZoom(this.#zoom.slice(0, -1)));
      this.in = this.#makeButton(() => this.#setZoom(this.#path));
      this.field = dom.make("div", "tz-map-field", { role: "group" });
      this.scroll = dom.make("div", "tz-map", {}, this.field);
      this.caption = dom.make("p", "tz-caption");
      const bar = dom.make("div", "tz-map-bar", {}, this.where, this.in, this.out);
      this.over = new MapBar(this);
      root.prepend(dom.make("div", "tz-body", {}, this.over.element, bar, this.scroll, this.caption));
      branches.addEventListener("change", () => this.show());
      player.root.addEventListener("tsuzuki:step", () => this.show());
      new ResizeObserver(() => this.show()).observe(root);
      this.setLanguage(language);
    }

    #makeButton(act) {
      const button = dom.make("button", "tz-draw", { type: "button" });
      button.addEventListener("click", act);
      return button;
    }

    setLanguage(language) {
      this.words = window.Tsuzuki.wordsOf(this.setup, language);
      dom.setText(this.in, this.words("map.in"));
      dom.setText(this.out, this.words("map.out"));
      dom.setText(this.caption, this.words("map.caption"));
      this.field.setAttribute("aria-label", this.words("map.label"));
      this.over.setWords(this.words);
      this.show();
    }

    #setZoom(ids) {
      this.#zoom = ids;
      this.show();
    }

    /** Draw what there is now; nothing while it is not seen. */
    show() {
      if (!this.root.clientWidth || this.branches.list.length === 0) return;
      this.details.hide();
      const { root, prompt, trace } = treeOf(this.branches, this.over.steps);
      this.prompt = prompt;
      const places = layOut(root, CANDIDATES);
      const focus = this.#find(root, this.#zoom);
      this.#zoom = this.#idsTo(focus);
      this.#path = this.#currentPath();
      const shown = places.map((place) => this.#placed(place, focus)).filter(Boolean);
      const columns = 1 + Math.max(...shown.map(({ place }) => place.depth), 0);
      const [least, most] = COLUMNS;
      this.column = Math.floor(Math.min(most, Math.max(least, this.root.clientWidth / columns)));
      this.field.style.width = `${columns * this.column}px`;
      this.field.replaceChildren(this.#prompt(trace), ...shown.map((one) => this.#block(one)));
      this.out.hidden = this.#zoom.length === 0;
      this.in.hidden = this.#path.length === 0 || this.#path.join() === this.#zoom.join();
      this.#say(focus);
      this.over.show(this.words);
    }

    /** The place at the end of these ids, or the last one on the way that there is. */
    #find(root, ids) {
      let at = root;
      for (const id of ids) {
        if (!at.children.has(id)) break;
        at = at.children.get(id);
      }
      return at;
    }

    #idsTo(place) {
      const ids = [];
      for (let at = place; at.parent; at = at.parent) ids.unshift(at.token.id);
      return ids;
    }

    /** The ids from the prompt to the step that the player shows. */
    #currentPath() {
      const { trace, index } = this.player;
      const ids = [];
      for (let at = this.prompt; trace && at <= index && at < trace.length; at += 1) ids.push(trace.step(at).chosen.token.id);
      return ids;
    }

    /** Where a place stands in pixels, or null if it does not show. */
    #placed(place, focus) {
      const isAncestor = (node, of) => of && (node === of || isAncestor(node, of.parent));
      if (isAncestor(place, focus)) return { place, top: 0, height: HEIGHT };
      const top = ((place.top - focus.top) / focus.height) * HEIGHT;
      const height = (place.height / focus.height) * HEIGHT;
      if (top >= HEIGHT || top + height <= 0 || place.depth <= focus.depth) return null;
      if (!place.branches.length && !place.fate && height < LEAST_FREE) return null;
      return { place, top: Math.min(top, HEIGHT - LEAST_TAKEN), height: Math.max(height, LEAST_TAKEN) };
    }

    #prompt(trace) {
      const text = trace.wire.steps.slice(0, this.prompt).map((_, index) => trace.step(index).chosen.token.label).join("");
      const block = dom.make("div", "tz-block tz-block-prompt", {}, dom.make("bdi", "", {}, text.replaceAll("␣", " ")));
      block.style.cssText = `left: 0; top: 0; width: ${this.column}px; height: ${HEIGHT}px`;
      return block;
    }

    #block({ place, top, height }) {
      const kind = place.branches.length ? "tz-taken" : "tz-free";
      const block = dom.make("button", `tz-block ${kind}`, { type: "button" });
      block.style.cssText = `left: ${place.depth * this.column}px; top: ${top}px; width: ${this.column}px; height: ${height}px`;
      if (height >= LABEL_FROM) {
        const label = dom.make("span", "tz-block-label");
        label.style.fontSize = `${Math.min(17, height * 0.62)}px`;
        dom.drawToken(label, { ...place.token, isEnd: place.token.special && (place.isEnd || place.fate === "finished") });
        block.append(label);
        if (height >= 40) block.append(dom.make("span", "tz-block-share", {}, formats.product(place.total)));
      }
      const ids = this.#idsTo(place);
      const isOnPath = place.branches.includes(this.branches.current.key);
      block.classList.toggle("tz-on-path", isOnPath);
      if (place.fate) block.classList.add(`tz-beam-${place.fate}`);
      if (ids.join() === this.#path.join()) block.setAttribute("aria-current", "step");
      block.setAttribute("aria-label", this.#spoken(place));
      this.details.attach(block, () => this.#explain(place));
      block.addEventListener("click", () => this.#go(place));
      return block;
    }

    #spoken(place) {
      const blanks = { token: place.token.label, share: formats.percent(Math.exp(place.logprob)), joint: formats.product(place.total) };
      const fate = place.fate ? ` (${this.words(`map.fate.${place.fate}`)})` : "";
      return this.words(place.branches.length ? "map.spoken" : "map.spoken_free", blanks) + fate;
    }

    #explain(place) {
      const { words } = this;
      const rows = [
        [words("map.here"), formats.percent(Math.exp(place.logprob))],
        [words("map.joint"), formats.product(place.total)],
        [words("term.logprob"), words("unit.nats", { value: formats.fixed(place.total, 3) })],
      ];
      if (place.fate) rows.push([words("map.search"), words(`map.fate.${place.fate}`)]);
      const click = words(place.branches.length ? "map.click" : "map.click_free");
      return [tokenHead(place.token), detailTable(rows), dom.make("p", "tz-soft", {}, click)];
    }

    /** To a block's step; from a candidate that no branch has taken, on with it. */
    #go(place) {
      const { branches, player } = this;
      let through = place;
      const untaken = [];
      for (; !through.branches.length; through = through.parent) untaken.unshift(through);
      const key = through.branches.includes(branches.current.key) ? branches.current.key : through.branches[0];
      if (key !== branches.current.key) branches.select(key);
      player.goTo(this.prompt + through.depth - (untaken.length ? 0 : 1));
      if (untaken.length) player.goOnBy(this.prompt + through.depth, untaken);
      this.show();
    }

    #say(focus) {
      const blanks = { joint: formats.product(focus.total), token: focus.token?.label ?? "" };
      dom.setText(this.where, this.words(focus.parent ? "map.zoomed" : "map.whole", blanks));
    }
  }

  window.Tsuzuki.ProbabilityMap = ProbabilityMap;
})();
