/* Sums without the errors of rounding in between. Leaves out: all other arithmetic. */

/** Take `value` into partial sums that do not overlap; smallest first. */
function add(parts, value) {
  let kept = 0;
  let sum = value;
  for (const part of parts.slice()) {
    const [large, small] = Math.abs(sum) < Math.abs(part) ? [part, sum] : [sum, part];
    sum = large + small;
    const lost = small - (sum - large);
    if (lost) parts[kept++] = lost;
  }
  parts.length = kept;
  parts.push(sum);
}

/**
 * The sum of finite numbers, rounded once and thus the same in any order: Shewchuk's algorithm, as Python's `math.fsum`.
 *
 * @param {number[]} values
 */
export function exactSum(values) {
  const parts = [];
  for (const value of values) add(parts, value);
  let sum = parts.pop() ?? 0;
  while (parts.length) {
    const [before, part] = [sum, parts.pop()];
    sum = before + part;
    const lost = part - (sum - before);
    if (!lost) continue;
    // Halfway between two numbers, what is below decides.
    const next = sum + 2 * lost;
    if (parts.length && Math.sign(parts.at(-1)) === Math.sign(lost) && next - sum === 2 * lost) sum = next;
    break;
  }
  return sum;
}
