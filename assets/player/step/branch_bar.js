/* The branches above the strip, with buttons to select, rename, remove and undo; and below the bars, a form to go on with
 * typed text, which is hidden without a model (`player.canGoOn`).
 * Leaves out: what a branch is (branches.js). */

import * as dom from "../core/dom.js";
import { Trace } from "../trace/trace.js";
import "./branch_bar.css";

/** @import { Player } from "./player.js" */

const SNIPPET = 12;

/** A branch in a few characters: its name, or the text of its own steps. */
function titleOf({ name, wire, from }, words) {
  if (name) return name;
  const trace = new Trace(wire);
  const tokens = [];
  for (let index = from; index < trace.length && [...dom.textOf(tokens)].length < SNIPPET; index += 1) {
    const { token } = trace.step(index).chosen;
    if (!token.special) tokens.push(token);
  }
  return dom.textOf(tokens).trim() || words("branches.empty");
}

export class BranchBar {
  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.list = dom.make("div", "tz-branch-list", { role: "group" });
    this.name = dom.make("input", "tz-branch-name", { type: "text", maxlength: "60", hidden: "" });
    this.actions = Object.fromEntries(["rename", "remove", "undo"].map((kind) => [kind, this.#makeAction(kind)]));
    this.element = dom.make("div", "tz-branches", {}, this.list, this.name, ...Object.values(this.actions));
    this.text = dom.make("input", "tz-go-text", { type: "text", autocomplete: "off", enterkeyhint: "go" });
    this.go = dom.make("button", "tz-draw", { type: "submit" });
    this.form = dom.make("form", "tz-go-on", {}, this.text, this.go);
    this.form.addEventListener("submit", (event) => this.#goOn(event));
    this.name.addEventListener("keydown", (event) => this.#onNameKey(event));
    this.name.addEventListener("blur", () => this.#endNaming(true));
    player.branches.onChange(() => this.show());
  }

  #makeAction(kind) {
    const button = dom.make("button", "tz-more", { type: "button" });
    button.addEventListener("click", () => this[`_${kind}`]());
    return button;
  }

  setWords() {
    const { words } = this.player;
    for (const [kind, button] of Object.entries(this.actions)) dom.setText(button, words(`branches.${kind}`));
    this.list.setAttribute("aria-label", words("branches.label"));
    this.name.setAttribute("aria-label", words("branches.name"));
    this.text.setAttribute("aria-label", words("branches.type"));
    this.text.placeholder = words("branches.type");
    dom.setText(this.go, words("branches.go"));
    this.show();
  }

  show() {
    const { branches, words, canGoOn } = this.player;
    const { list, current } = branches;
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    this.element.hidden = list.length < 2 && !branches.canUndo;
    this.form.hidden = !canGoOn;
    this.actions.remove.hidden = list.length < 2;
    this.actions.rename.hidden = list.length < 2;
    this.actions.undo.hidden = !branches.canUndo;
    this.list.replaceChildren(
      ...list.map((branch, at) => {
        const button = dom.make("button", "tz-branch", { type: "button", "aria-pressed": String(branch === current) });
        const title = dom.make("bdi", "", {}, titleOf(branch, words));
        button.append(dom.make("span", "tz-branch-number", {}, String(at + 1)), " ", title);
        button.addEventListener("click", () => branches.select(branch.key));
        return button;
      }),
    );
    const at = list.indexOf(current);
    this.#reveal(at);
    if (focused) this.#keepFocus(focused, this.#buttonAt(at));
  }

  /** @returns {HTMLButtonElement | undefined} */
  #buttonAt(at) {
    return this.list.querySelectorAll("button")[at];
  }

  /** Focus the current branch if the focused element is gone, or the current token if the bar is hidden, too. */
  #keepFocus(focused, button) {
    const { strip, index } = this.player;
    if (this.element.hidden) strip.cell(index)?.focus();
    else if (!focused.isConnected || focused.hidden) button?.focus();
  }

  /** Of many branches the bar shows some lines; that of the current one is among them. */
  #reveal(at) {
    const button = this.#buttonAt(at);
    if (!button) return;
    const top = button.offsetTop - this.list.offsetTop;
    const isInView =
      top >= this.list.scrollTop && top + button.offsetHeight <= this.list.scrollTop + this.list.clientHeight;
    if (!isInView) this.list.scrollTop = top - (this.list.clientHeight - button.offsetHeight) / 2;
  }

  _rename() {
    this.name.hidden = false;
    this.name.value = titleOf(this.player.branches.current, this.player.words);
    this.name.select();
    this.name.focus();
  }

  #onNameKey(event) {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    // The key would press the button that has the focus next.
    event.preventDefault();
    this.#endNaming(event.key === "Enter");
    this.actions.rename.focus();
  }

  #endNaming(isMeant) {
    if (this.name.hidden) return;
    this.name.hidden = true;
    const { branches } = this.player;
    if (isMeant && this.name.value.trim()) branches.rename(branches.current.key, this.name.value);
  }

  _remove() {
    this.player.branches.remove(this.player.branches.current.key);
  }

  _undo() {
    this.player.branches.undo();
  }

  #goOn(event) {
    event.preventDefault();
    const text = this.text.value;
    this.text.value = "";
    this.player.goOn({ text });
  }
}
