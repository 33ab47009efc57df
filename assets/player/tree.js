/* The branches as one tree of tokens: what they share once, and beside it the candidates that no branch has taken.
 * Every place knows its logprob given the prompt, so siblings add up to their parent.
 * Leaves out: drawing it (map.js). */
(() => {
  const Tsuzuki = window.Tsuzuki;

  /** A place behind the prompt: {token, logprob, total, depth, parent, children, branches, next}. */
  function place(parent, token, logprob) {
    const depth = parent ? parent.depth + 1 : 0;
    return { token, logprob, total: (parent?.total ?? 0) + logprob, depth, parent, children: new Map(), branches: [], next: null };
  }

  /** Where the branches' common prompt ends: the first step that any of them drew, or that they do not share. */
  function promptLength(traces) {
    const [first, ...others] = traces;
    let length = Math.min(...traces.map((trace) => (trace.isGenerated ? trace.firstGenerated : trace.length)));
    const idOf = (trace, index) => trace.step(index).chosen.token.id;
    const isShared = (index) => others.every((trace) => index < trace.length && idOf(trace, index) === idOf(first, index));
    for (let index = 0; index < length; index += 1) if (!isShared(index)) length = index;
    return length;
  }

  /**
   * branches: those of branches.js. Returns the root, which stands for the prompt, and how many steps that has. `next` of a
   * place is the step behind it (its candidates), where a branch has one.
   */
  function treeOf(branches) {
    const traces = branches.map(({ wire }) => new Tsuzuki.Trace(wire));
    const prompt = promptLength(traces);
    const root = place(null, null, 0);
    traces.forEach((trace, number) => {
      const { key } = branches[number];
      let at = root;
      at.branches.push(key);
      for (let index = prompt; index < trace.length; index += 1) {
        at.next ??= { trace, index };
        const { chosen } = trace.step(index);
        const { id } = chosen.token;
        if (!at.children.has(id)) at.children.set(id, { ...place(at, chosen.token, chosen.logprob), rank: chosen.rank });
        at = at.children.get(id);
        at.branches.push(key);
      }
      at.isEnd = trace.wire.end === "end_of_text";
    });
    return { root, prompt, trace: traces[0] };
  }

  /** What may come behind a place by rank: its children, and at most `count` candidates that no branch has taken. */
  function choices(node, count) {
    const taken = [...node.children.values()];
    if (!node.next) return taken;
    const { trace, index } = node.next;
    const free = trace
      .candidates(index, count)
      .filter(({ token }) => !node.children.has(token.id))
      .map(({ token, logprob, rank }) => ({ ...place(node, token, logprob), rank, isFree: true }));
    return [...taken, ...free].sort((a, b) => a.rank - b.rank);
  }

  /** Give every place its share of the height, from 0 to 1: [top, bottom] within its parent's, in rank order. */
  function layOut(root, count) {
    const found = [];
    const visit = (node, top, height) => {
      let at = top;
      let last = 0;
      for (const child of choices(node, count)) {
        // Between two candidates that are known may lie others that are not: their room stays empty, below.
        const share = Math.exp(child.logprob) * height;
        if (child.rank > last + 1 && child.rank > count) at = Math.max(at, top + height - share);
        last = child.rank;
        Object.assign(child, { top: at, height: share });
        found.push(child);
        if (!child.isFree) visit(child, at, share);
        at += share;
      }
    };
    Object.assign(root, { top: 0, height: 1 });
    visit(root, 0, 1);
    return found;
  }

  Object.assign(Tsuzuki, { treeOf, layOut });
})();
