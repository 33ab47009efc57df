/* The name of the file that "Save as page" gives: its view, the first words of its text, and a few signs that stand for all
 * that it holds, so that two pages have two names and a snippet finds its own. Leaves out: the page itself (save_page.js). */

import * as dom from "../../player/core/dom.js";
import { readToken } from "../../player/trace/trace.js";

const FIRST = 12;
const LONGEST = 24;

/** The beginning of the text that a value shows. */
function textOf(value) {
  const trace = value.steps
    ? value
    : (value.branches?.[0]?.trace ?? value.traces?.[0] ?? (value.sides ?? value.points)?.[0]?.trace);
  if (!trace) return value.prompt ?? value.text ?? "";
  return dom.textOf(trace.steps.slice(0, FIRST).map(({ chosen: [position] }) => readToken(trace.tokens[position])));
}

/** Letters and digits of any script, which every system takes in the name of a file. */
const wordsOf = (text) =>
  [
    ...text
      .normalize("NFC")
      .replace(/[^\p{L}\p{M}\p{N}]+/gu, "-")
      .replace(/^-/, ""),
  ]
    .slice(0, LONGEST)
    .join("")
    .replace(/-$/, "");

export const pageName = (view, value) =>
  `${["tsuzuki", view, wordsOf(textOf(value)), dom.hashOf(JSON.stringify(value))].filter(Boolean).join("-")}.html`;
