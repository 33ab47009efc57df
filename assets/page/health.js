/* Shows a notice while the app does not answer; the page stays as it is. Once the app is back, an interrupted run has its
 * button again.
 * Leaves out: repeating the run, which is the reader's choice. */

import * as dom from "../player/core/dom.js";

const LOOK_MS = 10_000;
const LOST_MS = 1_500;
const PATIENCE_MS = 5_000;
/** A busy app may miss one question. */
const MISSES = 2;

const line = dom.make("p", "tz-lost", { role: "alert" });
let [misses, timer, lastLook, words] = [0, 0, 0, null];

async function isThere() {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return (await fetch(new URL("health", location.href), { cache: "no-store", signal })).ok;
  } catch {
    return false;
  }
}

async function look() {
  clearTimeout(timer);
  lastLook = performance.now();
  const wasLost = misses >= MISSES;
  misses = (await isThere()) ? 0 : misses + 1;
  if (wasLost && !misses) giveBack();
  say();
  clearTimeout(timer);
  timer = setTimeout(() => (document.hidden ? wait() : look()), misses ? LOST_MS : LOOK_MS);
}

const wait = () => document.addEventListener("visibilitychange", look, { once: true });

/** Press Stop: a restarted server knows no earlier run. */
function giveBack() {
  for (const button of dom.findAll("#stop, #table-stop")) if (dom.isSeen(button)) button.click();
}

function say() {
  dom.setText(line, misses >= MISSES ? words("page.lost") : "");
}

function lookAfterPress() {
  if (performance.now() - lastLook > LOST_MS) look();
}

/** Begin, or go on in another language. */
export function watchOver(newWords) {
  const isFirst = !words;
  words = newWords;
  say();
  if (!isFirst) return;
  document.body.append(line);
  document.addEventListener("click", lookAfterPress, true);
  look();
}
