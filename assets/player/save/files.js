/* The numbers of a trace as files of a menu. Leaves out: the menu (menu.js). */

import * as csv from "../trace/csv.js";

const FILES = {
  numbers: (trace) => ({ CSV: () => [csv.tokens(trace), "text/csv", "tsuzuki-tokens.csv"] }),
  candidates: (trace) => ({ CSV: () => [csv.candidates(trace), "text/csv", "tsuzuki-candidates.csv"] }),
  trace: (trace) => ({ JSON: () => [JSON.stringify(trace.wire), "application/json", "tsuzuki-trace.json"] }),
};

/** For each, its name and {format: file}, which gives [text, type, name]. */
export const traceFiles = (trace) => Object.entries(FILES).map(([name, files]) => ({ name, files: files(trace) }));
