/* Base class of the pictures except the player: a root, a language, a box for details, a menu to save from, and a value
 * that is drawn anew whenever it or the language changes. Leaves out: the drawing. */
(() => {
  const { Details, SaveMenu, wordsOf } = window.Tsuzuki;

  class Picture {
    /** A subclass makes its elements, and then calls `setLanguage`, which draws. */
    constructor(root, { setup, language }, kind) {
      Object.assign(this, { root, setup, language, value: null });
      root.classList.add("tsuzuki", `tz-${kind}`);
      this.details = new Details(root);
      this.menu = new SaveMenu(this, kind);
      this.menu.element.classList.add("tz-save-below");
    }

    setLanguage(language) {
      this.language = language;
      this.words = wordsOf(this.setup, language);
      this.root.setAttribute("lang", language);
      this.menu.setWords();
      this.draw();
    }

    /** Plain data, or null for nothing. */
    show(value) {
      this.value = value;
      this.draw();
    }
  }

  window.Tsuzuki.Picture = Picture;
})();
