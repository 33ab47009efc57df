/* A trace as CSV, the same text as model_utils/trace/csv.py writes: a row a token, and a row a candidate.
 * Leaves out: the way back, for which a trace is saved as JSON. */

const BOM = "\ufeff";
const DIGITS = 8;
const TOKENS = [
  "step",
  "given",
  "id",
  "token",
  "bytes",
  "logprob_nats",
  "probability",
  "surprisal_bits",
  "rank",
  "entropy_bits",
];
const CANDIDATES = ["step", "rank", "id", "token", "logprob_nats", "probability", "chosen", "cut"];
/** What a spreadsheet would run, or what looks as if it had been guarded against that. */
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;

const guarded = (text) => (FORMULA.test(text) ? `'${text}` : text);
const derived = (value) => String(Number(value.toPrecision(DIGITS)));

function cell(value) {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const written = (rows) => BOM + rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");

const tokenCells = ({ id, label, hex }) => [id, guarded(label), hex];
const prices = ({ logprob }) => [String(logprob), derived(Math.exp(logprob))];

export function tokens(trace) {
  const context = trace.context.map((token) => [0, true, ...tokenCells(token), "", "", "", "", ""]);
  const steps = Array.from({ length: trace.length }, (_, index) => {
    const { given, chosen, entropy } = trace.step(index);
    const rest = [derived(chosen.bits), chosen.rank ?? "", entropy === null ? "" : derived(entropy / Math.LN2)];
    return [index + 1, given, ...tokenCells(chosen.token), ...prices(chosen), ...rest];
  });
  return written([TOKENS, ...context, ...steps]);
}

export function candidates(trace) {
  const rows = Array.from({ length: trace.length }, (_, index) => {
    const { chosen, cut, count } = trace.step(index);
    // One more than the candidates: the chosen token, if it is none of them.
    return trace
      .candidates(index, count + 1)
      .map((one) => [
        index + 1,
        one.rank ?? "",
        one.token.id,
        guarded(one.token.label),
        ...prices(one),
        one.rank === chosen.rank,
        cut.has(one.rank),
      ]);
  });
  return written([CANDIDATES, ...rows.flat()]);
}
