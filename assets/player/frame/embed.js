/* A page in a frame on a slide: `?embed=1` shows the view alone; `&theme=dark` or `light`, and `&language=ja`, override
 * the settings of the reader's browser.
 *
 *   embed.isOn, embed.language      what the address asks for
 *   embed.start(); embed.setWords(words)
 *   embed.settle()                  what the address names is there
 *   embed.owns(element)             whether the keys pressed there are for the view
 *
 * Keys are the deck's until something in the frame has been pressed or tabbed to; Escape hands them back.
 * Leaves out: which parts a small frame has room for (fit.js), and what the keys do (keys.js). */

import * as dom from "../core/dom.js";
import { fitTo } from "./fit.js";

const asked = new URLSearchParams(location.search);
export const isOn = asked.get("embed") === "1";
export const language = isOn ? asked.get("language") : null;
const theme = ["dark", "light"].find((name) => name === asked.get("theme")) ?? null;
const link = dom.make("a", "tz-embed-link", { target: "_blank", rel: "noopener" }, "Tsuzuki");
let stage = null;
let hasKeys = false;

/** The address of the whole page, with the current fragment. */
function wholePage() {
  const url = new URL(location.href);
  for (const name of ["embed", "theme"]) url.searchParams.delete(name);
  return url.href;
}

/** Keep the slide's theme whenever anything else sets one, at first or when the system changes its own. */
function keepTheme() {
  for (const { classList } of [document.documentElement, document.body]) {
    // Each change, even to the same classes, calls this again.
    if (classList.contains("system")) classList.remove("system");
    if (classList.contains("dark") !== (theme === "dark")) classList.toggle("dark", theme === "dark");
  }
}

function setKeys(isHere) {
  hasKeys = isHere;
  document.documentElement.classList.toggle("tz-has-keys", isHere);
}

function handBack(event) {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const { activeElement } = document;
  if (activeElement instanceof HTMLElement) activeElement.blur();
  setKeys(false);
  if (window.parent !== window) window.parent.focus();
}

/** Focus the stage if a pressed button is gone, and the focus with it. */
function keepFocus() {
  if (hasKeys && document.activeElement === document.body) stage.focus({ preventScroll: true });
}

function watchKeys() {
  for (const kind of ["pointerdown", "focusin"]) stage.addEventListener(kind, () => setKeys(true));
  stage.addEventListener("click", () => requestAnimationFrame(() => setTimeout(keepFocus)));
  addEventListener("blur", () => setKeys(false));
  addEventListener("focus", () => setKeys(stage.contains(document.activeElement)));
  document.addEventListener("keydown", handBack);
}

export function start() {
  if (!isOn || stage) return;
  stage = document.querySelector("main");
  document.documentElement.classList.add("tz-embed");
  stage.classList.add("tz-embed-stage");
  stage.tabIndex = 0;
  for (const kind of ["pointerdown", "focus"]) link.addEventListener(kind, () => (link.href = wholePage()));
  link.href = wholePage();
  stage.append(link);
  document.documentElement.classList.toggle("tz-embed-waiting", location.hash.length > 1);
  watchKeys();
  if (theme) {
    keepTheme();
    dom.watchTheme(document.documentElement, keepTheme);
  }
  fitTo(stage);
}

export function setWords(words) {
  if (!isOn) return;
  stage.setAttribute("aria-label", words("embed.label"));
  link.title = words("embed.whole");
  link.setAttribute("aria-label", `Tsuzuki: ${words("embed.whole")}`);
}

/** Whether the keys that go to an element are for the view. */
export const owns = (element) => hasKeys && (stage.contains(element) || element === document.body);

export const settle = () => document.documentElement.classList.remove("tz-embed-waiting");
