/* Numbers as the eye reads them; the same formats as viz/text/formats.py.
 * Leaves out: words and units, which are the locale's. */

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** Rounded half away from zero, grouped by thousands, with a real minus sign. */
export function fixed(value, decimals) {
  const [whole, fraction] = Math.abs(value).toFixed(decimals).split(".");
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction ? `.${fraction}` : "");
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/** One decimal, or two digits below one percent: "18.3 %", "0.12 %", "0.0012 %", "<0.001 %". */
export function percent(probability) {
  const value = probability * 100;
  if (value === 0 || value === 100) return `${value} %`;
  if (value >= 99.95) return ">99.9 %";
  if (value < 0.001) return "<0.001 %";
  const decimals = value >= 0.995 ? 1 : value >= 0.0995 ? 2 : value >= 0.00995 ? 3 : 4;
  return `${fixed(value, decimals)} %`;
}

/** exp of `nats`, however small or large: "1.2 × 10⁻⁹". */
function powerOfTen(nats) {
  let exponent = Math.floor(nats / Math.LN10);
  let mantissa = fixed(10 ** (nats / Math.LN10 - exponent), 1);
  if (mantissa === "10.0") [mantissa, exponent] = ["1.0", exponent + 1];
  return `${mantissa} × 10${[...String(exponent)].map((digit) => SUPERSCRIPTS[digit]).join("")}`;
}

/** The probability exp(`logprob`) in percent, or as a power of ten if it is too small for percent. */
export function product(logprob) {
  return Math.floor(logprob / Math.LN10) >= -5 ? percent(Math.exp(logprob)) : powerOfTen(logprob);
}

/** exp of a log-ratio, as one says it: "1.0023", "1.3", "53", "12,000", "3.1 × 10⁸". */
export function times(nats) {
  if (nats > Math.log(1e6)) return powerOfTen(nats);
  const ratio = Math.exp(nats);
  if (ratio < 1.05)
    return fixed(ratio, Math.min(9, Math.max(2, 1 - Math.floor(Math.log10(Math.max(Math.expm1(nats), 1e-9))))));
  return ratio < 9.95 ? fixed(ratio, 1) : fixed(Number(ratio.toPrecision(2)), 0);
}

/** A count to two digits: "0", "66k", "1.0M". */
export function rounded(count) {
  const [size, sign] = count >= 999_500 ? [1e6, "M"] : count >= 1000 ? [1e3, "k"] : [1, ""];
  const value = count / size;
  return `${fixed(value, sign && value < 9.95 ? 1 : 0)}${sign}`;
}

/** The number of equally likely choices with this entropy, in nats. */
export function odds(nats) {
  const choices = Math.exp(nats);
  return fixed(choices, choices < 9.95 ? 1 : 0);
}

/** A rank, or nats in bits; a dash if it is unknown. */
export const rank = (value) => (value === null ? "–" : fixed(value, 0));
export const bits = (nats) => (nats === null ? "–" : fixed(nats / Math.LN2, 2));

/** Three digits or more; a dash where there is none. */
export function perplexity(value) {
  if (Number.isNaN(value)) return "–";
  return fixed(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}
