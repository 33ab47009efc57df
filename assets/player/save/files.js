/* The numbers of a trace as files of a menu. Leaves out: the menu (menu.js). */

import * as csv from "../trace/csv.js";

/** @import { Trace } from "../trace/trace.js" */
/** @import { SavedItem } from "./menu.js" */

/** @type {Record<string, (trace: Trace) => SavedItem["files"]>} */
const FILES = {
  numbers: (trace) => ({ CSV: () => [csv.tokens(trace), "text/csv", "tsuzuki-tokens.csv"] }),
  candidates: (trace) => ({ CSV: () => [csv.candidates(trace), "text/csv", "tsuzuki-candidates.csv"] }),
  trace: (trace) => ({ JSON: () => [JSON.stringify(trace.wire), "application/json", "tsuzuki-trace.json"] }),
};

/**
 * @param {Trace} trace
 * @returns {SavedItem[]}
 */
export const traceFiles = (trace) => Object.entries(FILES).map(([name, files]) => ({ name, files: files(trace) }));
