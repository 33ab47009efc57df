/* The frame of every exported page: its name, the choice of language and theme, and Plotly unpacked by the browser
 * itself. Leaves out: the contents of the page. */

import * as dom from "../core/dom.js";
import { wordsOf } from "../core/dom.js";
import { bringPlotlyBy } from "../core/plotly.js";
import "./composing.js";
import * as embed from "./embed.js";
import { sayIfOld } from "./oldest.js";

/** The digits of Python's base85, with a comma for what could begin a tag. */
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=>?@^_`{|}~";

/** Decode base85: four bytes from five digits; at the end, one fewer for each missing digit. */
function bytesOf(text) {
  const values = new Uint8Array(128);
  for (let digit = 0; digit < DIGITS.length; digit += 1) values[DIGITS.charCodeAt(digit)] = digit;
  const missing = (5 - (text.length % 5)) % 5;
  const whole = text + DIGITS.at(-1).repeat(missing);
  const view = new DataView(new ArrayBuffer((whole.length / 5) * 4));
  for (let at = 0; at < whole.length; at += 5) {
    let word = 0;
    for (let place = at; place < at + 5; place += 1) word = word * 85 + values[whole.charCodeAt(place)];
    view.setUint32((at / 5) * 4, word);
  }
  return view.buffer.slice(0, view.byteLength - missing);
}

/** Unpack Plotly if this page holds it; if it lies beside the page, the browser loads it. */
async function unpackPlotly() {
  const packed = document.getElementById("tsuzuki-plotly");
  if (!packed) return;
  const stream = new Blob([bytesOf(packed.textContent)]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = dom.make("script");
  script.textContent = await new Response(stream).text();
  document.head.append(script);
}

function themeButton() {
  const button = dom.make("button", "tz-button", { type: "button" });
  const icon = dom.icon("M12 3a9 9 0 100 18 9 9 0 000-18z M12 5v14a7 7 0 000-14z");
  icon.querySelector("path").setAttribute("fill-rule", "evenodd");
  button.append(icon);
  button.addEventListener("click", () => {
    const { classList } = document.documentElement;
    const isDark = getComputedStyle(document.body).getPropertyValue("--scheme").trim() === "dark";
    classList.remove("system");
    classList.toggle("dark", !isDark);
  });
  return button;
}

/** The data in the page; if the scripts lie beside the page, words and figures come with them. */
export const pageData = () => ({
  setup: window.TsuzukiSetup,
  ...JSON.parse(document.getElementById("tsuzuki-data").textContent),
});

/** The bar, and below it what the page shows; `onLanguage` draws it in a language, at first and after each choice. */
export function framePage(main, { setup, language }, onLanguage) {
  const name = dom.make("h1", "", {}, "Tsuzuki ", dom.make("span", "", { lang: "ja" }, "続き"));
  const theme = themeButton();
  /** @type {[code: string, button: HTMLButtonElement][]} */
  const choices = Object.keys(setup.words).map((code) => {
    const button = dom.make("button", "tz-link", { type: "button", lang: code }, wordsOf(setup, code)("language.name"));
    button.addEventListener("click", () => choose(code));
    return [code, button];
  });
  const nav = dom.make("nav", "", {}, ...choices.map(([, button]) => button), theme);
  function choose(code) {
    const words = wordsOf(setup, code);
    document.documentElement.lang = code;
    nav.setAttribute("aria-label", words("export.bar"));
    theme.setAttribute("aria-label", words("export.theme"));
    embed.setWords(words);
    for (const [other, button] of choices) button.setAttribute("aria-pressed", String(other === code));
    sayIfOld(words);
    onLanguage(code, words);
  }
  document.body.append(dom.make("header", "tz-page-bar", {}, name, nav), main);
  embed.start();
  const asked = new URLSearchParams(location.search).get("language");
  choose(asked in setup.words ? asked : language || dom.readersLanguage(setup));
}

bringPlotlyBy(unpackPlotly);
