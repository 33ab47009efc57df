/* The page's tabs: which view is shown, and how to turn to another. Leaves out: their groups (groups.js). */

import * as dom from "../../player/core/dom.js";

export const PATIENCE_MS = 20_000;

export const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

/**
 * The first element of a selector, once there is one; null if none comes.
 *
 * @returns {Promise<HTMLElement | null>}
 */
export async function comingElement(selector) {
  for (let waited = 0; waited < PATIENCE_MS; waited += 20) {
    const found = dom.find(selector);
    if (found) return found;
    await pause(20);
  }
  return null;
}

export const viewShown = () => dom.find("#tabs [role=tab][aria-selected=true]")?.dataset.tabId ?? "step";

/** The view shown or this one, and the lesson that is open in it. */
export function place(view = viewShown()) {
  const lesson = view === "lessons" && dom.find(".tz-lesson-entry[aria-current]")?.dataset.name;
  return { view, ...(lesson && { lesson }) };
}

/** Turn to a view, and to a lesson in it; whether there is such a lesson. */
export async function turnTo(view, lesson) {
  if (view !== viewShown()) dom.find(`#tabs [role=tab][data-tab-id="${view}"]`)?.click();
  if (!lesson) return true;
  await comingElement(".tz-lesson-entry");
  const entry = dom.find(`.tz-lesson-entry[data-name="${CSS.escape(lesson)}"]`);
  if (!entry?.hasAttribute("aria-current")) entry?.click();
  return Boolean(entry);
}
