/* The sampler's distribution of one step: temperature, top-k, top-p, min-p and repetition penalty, in the order and with the
 * rules of transformers. A step carries the likelier tokens one by one, and all others in boxes, `count` tokens spread
 * evenly between two scores (model_utils/logits/tail.py says why that is enough). Only the penalty reorders tokens, so the
 * kept ones are always the first single tokens, and in the boxes those above a floor.
 * Leaves out: drawing from the result, and showing it. */

const HALVINGS = 60;

/** The repetition penalty, on a logit. */
const penalise = (logit, penalty) => (logit < 0 ? logit * penalty : logit / penalty);

/** A box after penalty and temperature; one that holds logits of both signs becomes two. */
function boxesOf({ logprob, halfWidth, count, slope = 0 }, { shift, penalty, divisor }) {
  const [low, high] = [logprob + shift - halfWidth, logprob + shift + halfWidth];
  const ends = low < 0 && high > 0 && penalty !== 1 ? [low, 0, high] : [low, high];
  return ends.slice(1).map((to, at) => {
    const from = ends[at];
    const factor = (from + to < 0 ? penalty : 1 / penalty) / divisor;
    const part = high > low ? (count * (to - from)) / (high - low) : count;
    return { low: from * factor, high: to * factor, count: part, slope: ends.length === 2 ? slope / factor ** 2 : 0 };
  });
}

/** Boxes with the slope of their density (tokens per nat), estimated from the boxes above and below each. */
function withSlopes(boxes) {
  const density = ({ count, halfWidth }) => count / (2 * halfWidth);
  return boxes.map((box, at) => {
    const [above, below] = [boxes[at - 1], boxes[at + 1]];
    if (!(above?.halfWidth > 0 && below?.halfWidth > 0 && box.halfWidth > 0)) return { ...box, slope: 0 };
    const slope = (density(above) - density(below)) / (above.logprob - below.logprob);
    const most = density(box) / box.halfWidth;
    return { ...box, slope: Math.max(-most, Math.min(most, slope)) };
  });
}

/** Count of tokens above the floor in excess of an even spread, in a box that holds the floor. */
const beyondEven = ({ low, high, slope }, floor) => (slope * (high - floor) * (floor - low)) / 2;

function countAbove(box, floor) {
  const { low, high, count } = box;
  if (floor <= low) return count;
  return floor >= high ? 0 : (count * (high - floor)) / (high - low) + beyondEven(box, floor);
}

/** The sum of exp(score - top) over the tokens of a box above the floor. */
function massAbove(box, floor, top) {
  const { low, high, count } = box;
  const from = Math.max(low, floor);
  if (from > high || (from === high && low < high)) return 0;
  const width = high - low;
  if (width < 1e-9) return count * Math.exp(high - top);
  const extra = from > low ? beyondEven(box, from) : 0;
  return Math.exp(from - top) * ((count * Math.expm1(high - from)) / width + extra);
}

/** The single tokens by falling score, and the boxes; each setting keeps fewer tokens of both. */
class Row {
  constructor(scores, boxes, exact) {
    this.exact = exact;
    this.order = scores.map((_, at) => at).sort((a, b) => scores[b] - scores[a] || a - b);
    this.scores = this.order.map((at) => scores[at]);
    this.boxes = boxes;
    this.kept = scores.length;
    this.floor = -Infinity;
    this.top = Math.max(this.scores[0] ?? -Infinity, ...boxes.map((box) => box.high));
    this.masses = [0];
    for (const score of this.scores) this.masses.push(this.masses.at(-1) + Math.exp(score - this.top));
  }

  #sum(measure, floor) {
    let sum = 0;
    for (const box of this.boxes) sum += measure(box, Math.max(floor, this.floor), this.top);
    return sum;
  }

  boxCount(floor = this.floor) {
    return this.#sum(countAbove, floor);
  }

  boxMass(floor = this.floor) {
    return this.#sum(massAbove, floor);
  }

  get mass() {
    return this.masses[this.kept] + this.boxMass();
  }

  /** The score between `low` and `high` above which the `measure` of the boxes is `wanted`. */
  #solve(measure, wanted, low, high) {
    for (let halving = 0; halving < HALVINGS; halving += 1) {
      const middle = (low + high) / 2;
      if (measure.call(this, middle) > wanted) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  /** The first kept token for which `isCut(position)` holds; so it does for those below. */
  #firstCut(isCut) {
    let [from, to] = [0, this.kept];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (isCut(middle)) to = middle;
      else from = middle + 1;
    }
    return from;
  }

  /** Keep `number` single tokens, and of the boxes above the next one as much as `measure` finds to be `wanted`. */
  #cutAt(number, measure, wanted) {
    const before = this.scores[number - 1] ?? this.top;
    const after = number < this.kept ? this.scores[number] : Math.min(before, ...this.boxes.map((box) => box.low));
    this.kept = number;
    const isInBoxes = measure.call(this, before) < wanted;
    this.floor = Math.max(this.floor, isInBoxes ? this.#solve(measure, wanted, after, before) : before);
  }

  /** Temperature 0: the most likely token alone, the first of equals. */
  argmax() {
    this.kept = this.scores[0] >= this.#highest() ? 1 : 0;
    this.floor = this.top;
    this.#keepWhole(0);
  }

  topK(k) {
    if (k <= 0 || k >= this.kept + this.boxCount()) return;
    const number = this.#firstCut((at) => at + this.boxCount(this.scores[at]) >= k);
    this.#cutAt(number, this.boxCount, k - number);
    // Like transformers, keeps all tokens equal to the k-th, if their scores are exact.
    while (this.kept > 0 && this.floor === this.scores[this.kept] && this.order[this.kept] < this.exact) this.kept += 1;
  }

  /** Cuts the tail whose sum stays within 1 - p, compared in float32 as transformers compares it. */
  topP(p) {
    if (p >= 1) return;
    const { mass } = this;
    const allowed = Math.fround(1 - p);
    const above = (at) => this.masses[at] + this.boxMass(this.scores[at]);
    const isCut = (at) => above(at) > 0 && Math.fround((mass - above(at)) / mass) <= allowed;
    const number = this.#firstCut(isCut);
    this.#cutAt(number, this.boxMass, p * mass - this.masses[number]);
    this.#keepWhole(Math.ceil(this.boxCount() - 1e-6));
  }

  minP(p) {
    if (p <= 0) return;
    const top = this.kept > 0 ? Math.max(this.scores[0], this.#highest()) : this.#highest();
    this.kept = this.#firstCut((at) => Math.fround(Math.exp(this.scores[at] - top)) < Math.fround(p));
    this.floor = Math.max(this.floor, top + Math.log(p));
    this.#keepWhole(Math.round(this.boxCount()));
  }

  #highest() {
    return Math.max(-Infinity, ...this.boxes.map((box) => box.high));
  }

  /** Keep a whole number of tokens in the boxes, and at least one if no single token is kept. */
  #keepWhole(count) {
    const wanted = Math.max(count, this.kept > 0 ? 0 : 1);
    const { floor } = this;
    if (wanted === 0 || Math.abs(this.boxCount() - wanted) < 1e-9) return;
    this.floor = -Infinity;
    this.floor = this.#solve(
      this.boxCount,
      wanted,
      Math.min(floor, ...this.boxes.map((box) => box.low)),
      this.#highest(),
    );
  }
}

/** The probabilities of the first `length` tokens of a row, and what the others have together. */
function keptOf(row, length) {
  const probabilities = Array.from({ length }, () => 0);
  const others = { probability: row.boxMass() / row.mass, kept: row.boxCount() };
  for (let at = 0; at < row.kept; at += 1) {
    const probability = Math.exp(row.scores[at] - row.top) / row.mass;
    if (row.order[at] < length) {
      probabilities[row.order[at]] = probability;
    } else {
      others.probability += probability;
      others.kept += 1;
    }
  }
  others.kept = Math.round(others.kept);
  return { probabilities, others };
}

/**
 * step: {logprobs, areSeen, shift, boxes}, the candidates by rank and the boxes of all other tokens.
 * knobs: {temperature, top_k, top_p, min_p, repetition_penalty}, as Sampling in model_utils/trace/settings.py.
 * Returns the candidates' probabilities, 0 where cut; the count and the total probability of all other tokens that are
 * kept; and `probabilityOf(logprob, isSeen)` for one of those.
 */
export function shape({ logprobs, areSeen, shift, boxes }, knobs) {
  const { temperature, repetition_penalty } = knobs;
  const divisor = temperature || 1;
  const scoreOf = (logprob, isSeen) => {
    const logit = logprob + shift;
    return (isSeen ? penalise(logit, repetition_penalty) : logit) / divisor;
  };
  const singles = boxes.filter((box) => box.count === 1).map((box) => scoreOf(box.logprob, box.seen));
  const several = boxes.filter((box) => box.count > 1);
  const moved = [
    ...withSlopes(several.filter((box) => !box.seen)).flatMap((box) => boxesOf(box, { shift, penalty: 1, divisor })),
    ...several
      .filter((box) => box.seen)
      .flatMap((box) => boxesOf(box, { shift, penalty: repetition_penalty, divisor })),
  ];
  const row = new Row(
    [...logprobs.map((logprob, at) => scoreOf(logprob, areSeen[at])), ...singles],
    moved,
    logprobs.length,
  );
  if (temperature === 0) {
    row.argmax();
  } else {
    row.topK(knobs.top_k);
    row.topP(knobs.top_p);
    row.minP(knobs.min_p);
  }
  const { mass } = row;
  return {
    ...keptOf(row, logprobs.length),
    probabilityOf(logprob, isSeen) {
      const score = scoreOf(logprob, isSeen);
      return score >= row.floor ? Math.exp(score - row.top) / mass : 0;
    },
  };
}
