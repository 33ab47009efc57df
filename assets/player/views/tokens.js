/* A text as its tokens: each piece with its id and bytes, and how many there are.
 * Leaves out: probabilities, which are the player's. */

import { isText } from "../core/checks.js";
import * as dom from "../core/dom.js";
import { wordsOf } from "../core/dom.js";
import * as formats from "../core/formats.js";
import { SaveMenu } from "../save/menu.js";
import { countCharacters, readToken } from "../trace/trace.js";
import { register } from "./registry.js";
import "./tokens.css";

class TokenPieces {
  constructor(root, { setup, language }) {
    this.setup = setup;
    this.count = dom.make("p", "tz-token-count", { role: "status" });
    this.list = dom.make("ol", "tz-pieces");
    this.back = dom.make("p", "tz-joined-name");
    this.text = dom.make("p", "tz-joined", { dir: "auto" });
    this.root = root.appendChild(
      dom.make("div", "tsuzuki tz-token-view", {}, this.count, this.list, this.back, this.text),
    );
    this.menu = new SaveMenu(this);
    this.menu.element.classList.add("tz-save-below");
    this.root.append(this.menu.element);
    this.setLanguage(language);
  }

  setLanguage(language) {
    this.words = wordsOf(this.setup, language);
    this.menu.setWords();
    this.#drawCount();
  }

  /** `value` is {tokens: rows of the wire's token table, text: their joined text}, or null. */
  show(value) {
    dom.setText(this.text, value?.text ?? "");
    this.tokens = (value?.tokens ?? []).map((row) => readToken(row));
    this.menu.element.hidden = this.tokens.length === 0;
    this.list.replaceChildren(...this.tokens.map((token) => this.#piece(token)));
    this.#drawCount();
  }

  #piece(token) {
    const text = dom.make("span", "tz-piece-text");
    dom.drawToken(text, token);
    return dom.make(
      "li",
      token.special ? "tz-piece tz-piece-special" : "tz-piece",
      {},
      text,
      dom.make("span", "tz-piece-id", {}, String(token.id)),
      dom.make("span", "tz-piece-bytes", {}, token.special ? "" : token.hex),
    );
  }

  #drawCount() {
    const { tokens } = this;
    dom.setText(this.back, tokens?.length ? this.words("tokens.back") : "");
    if (!tokens?.length) return dom.setText(this.count, this.words("tokens.empty"));
    const bytes = tokens.filter((token) => !token.special).flatMap((token) => [...token.bytes]);
    const blanks = { tokens: tokens.length, characters: countCharacters(bytes), bytes: bytes.length };
    for (const key of Object.keys(blanks)) blanks[key] = formats.fixed(blanks[key], 0);
    return dom.setText(this.count, this.words("tokens.count", blanks));
  }

  savedItems() {
    return [{ name: "tokens", elements: [this.count, this.list] }];
  }
}

register("tokens", TokenPieces, { inputs: { tokens_text: isText } });
