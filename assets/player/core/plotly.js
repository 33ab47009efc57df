/* Plotly, which is large and may come late: a page that does not begin with it says how to bring it.
 * Leaves out: the figures. */

const POLL_MS = 100;
let bring = null;

/** Bring Plotly with this function when it is first wanted. */
export function bringPlotlyBy(load) {
  bring = load;
}

/** Call back once Plotly is there. */
export function whenPlotly(callback) {
  bring?.();
  bring = null;
  if (window.Plotly) callback();
  else setTimeout(() => whenPlotly(callback), POLL_MS);
}
