/* A trace as the output of a notebook's cell: shows the view in the reader's language, in the notebook's theme, in a frame of its
 * own height, instead of the table for readers without scripts. Leaves out: Plotly (still_plot.js), and how the data came
 * here (notebook_loader.js). */

import * as dom from "./core/dom.js";
import "./frame/composing.js";
import "./still_plot.js";
import { makeView } from "./views/registry.js";

/** This frame and the page around it, where they may be asked. */
const frame = /** @type {HTMLElement | null} */ (window.frameElement);
const { body: around, documentElement: root } = frame?.ownerDocument ?? {};

/** Whether the theme of JupyterLab, VS Code or Colab is dark. */
function isDark() {
  const { dataset, classList } = around ?? document.body;
  const isVsCode =
    ["vscode-dark", "vscode-high-contrast"].some((name) => classList.contains(name)) &&
    !classList.contains("vscode-high-contrast-light");
  return dataset.jpThemeLight === "false" || isVsCode || root?.getAttribute("theme") === "dark";
}

const takeTheme = () => document.documentElement.classList.toggle("dark", isDark());

/** It may change while the notebook is read. */
function watchAround() {
  const observer = new MutationObserver(takeTheme);
  for (const element of [around, root])
    if (element)
      observer.observe(element, { attributes: true, attributeFilter: ["class", "data-jp-theme-light", "theme"] });
}

const { setup, view, value } = window.TsuzukiNotebook;
const language = dom.readersLanguage(setup);
document.documentElement.lang = language;
takeTheme();
watchAround();
const main = document.body.appendChild(dom.make("main", "", { style: "padding-top: 12px" }));
const place = main.appendChild(dom.make("div"));
const fit = () => frame && (frame.style.height = `${Math.ceil(main.getBoundingClientRect().bottom)}px`);
new ResizeObserver(fit).observe(main);
makeView(view, place, { setup, language }).show(value);
const table = /** @type {HTMLElement | null} */ (frame?.nextElementSibling);
if (table) table.hidden = true;
