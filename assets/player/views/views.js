/* The views by name: each is made in an element and shows one plain value, in one language at a time.
 *
 *   const view = Tsuzuki.makeView("duel", element, {setup, language: "en"});
 *   view.show(value); view.setLanguage("ja");
 *
 * step, score   a trace (model_utils/trace/wire.py), or saved branches (model_utils/views/branches.py)
 * map           saved branches: the step-through player, and below it the map
 * the others    what their own pictures take
 *
 * Here no model is at hand. Leaves out: the pictures, and the page around them. */
(() => {
  const Tsuzuki = window.Tsuzuki;
  const { dom } = Tsuzuki;

  /** A player with branches of its own. */
  class StepView {
    constructor(root, options) {
      this.branches = new Tsuzuki.Branches();
      this.player = new Tsuzuki.Player(root, { ...options, branches: this.branches });
    }

    setLanguage(code) {
      this.player.setLanguage(code);
    }

    show(value) {
      if (value?.branches) this.#restore(value);
      else if (value) this.branches.open(value);
      this.branches.forgetChanges();
    }

    /** Branches as they were saved, at the step where they were. */
    #restore(value) {
      this.branches.fromValue(value);
      this.player.spot = value.page;
    }
  }

  /** The player, and the map of its branches, below it or above. */
  class MapView extends StepView {
    constructor(root, options) {
      const [first, second] = [root.appendChild(dom.make("div")), root.appendChild(dom.make("div"))];
      const [steps, place] = options.mapFirst ? [second, first] : [first, second];
      super(steps, options);
      this.map = new Tsuzuki.ProbabilityMap(place, { ...options, branches: this.branches, player: this.player });
    }

    setLanguage(code) {
      super.setLanguage(code);
      this.map.setLanguage(code);
    }
  }

  const KINDS = {
    step: StepView,
    score: StepView,
    map: MapView,
    tokens: Tsuzuki.TokenPieces,
    duel: Tsuzuki.Duel,
    answers: Tsuzuki.Answers,
    models: Tsuzuki.ModelPair,
    learning: Tsuzuki.Learning,
  };

  Tsuzuki.makeView = (kind, root, options) => new KINDS[kind](root, { ...options, view: kind === "score" ? "score" : "step" });
})();
