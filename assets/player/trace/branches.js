/* The branches of a page: traces of one model that share a beginning by ids, each made from another at some step. Kept,
 * grown as their steps come in, renamed, removed, brought back, and written to and read from one plain value.
 * Leaves out: showing them (branch_bar.js, map.js), and asking a model to go on. */

import { moved as movedStep } from "./steps.js";

const SCHEMA = 2;

const idAt = (wire, position) => wire.tokens[position][0];
export const idsOf = (wire) => [...wire.context, ...wire.steps.map((step) => step.chosen[0])].map((at) => idAt(wire, at));

/** `wire` from its step `after.steps` on replaced by a part of a trace with a token table of its own; null if one is missing. */
function join(wire, { after, ...part }) {
  if (!wire || after.steps === 0) return part;
  if (wire.steps.length < after.steps) return null;
  const tokens = [...wire.tokens];
  const places = new Map(tokens.map((row, at) => [JSON.stringify(row), at]));
  const moved = part.tokens.map((row) => {
    const key = JSON.stringify(row);
    if (!places.has(key)) places.set(key, tokens.push(row) - 1);
    return places.get(key);
  });
  const steps = part.steps.map((step) => movedStep(step, (at) => moved[at]));
  return { ...part, tokens, context: wire.context, steps: [...wire.steps.slice(0, after.steps), ...steps] };
}

/** `wire` from a step on, with the tokens that these steps name. */
function part(wire, first) {
  const [tokens, places] = [[], new Map()];
  const place = (at) => {
    if (!places.has(at)) places.set(at, tokens.push(wire.tokens[at]) - 1);
    return places.get(at);
  };
  const context = wire.context.map(place);
  const steps = wire.steps.slice(first).map((step) => movedStep(step, place));
  return { ...wire, tokens, context, steps };
}

/** Length of the common prefix of two lists. */
function commonLength(one, other) {
  let count = 0;
  while (count < one.length && count < other.length && one[count] === other[count]) count += 1;
  return count;
}

export const beginsWith = ({ wire }, ids) => commonLength(idsOf(wire), ids) === ids.length;

/** Length of the common prefix of ids of two traces; 0 for different models. */
function shared(one, other) {
  if (one.model !== other.model || one.revision !== other.revision) return 0;
  return commonLength(idsOf(one), idsOf(other));
}

const lengthOf = ({ context, steps }) => context.length + steps.length;

/** Count of tokens before the first drawn one. */
function promptOf({ context, steps }) {
  const drawn = steps.findIndex((step) => !step.given);
  return context.length + (drawn < 0 ? steps.length : drawn);
}

export class Branches extends EventTarget {
  #undo = [];
  #search = null;
  #removed = new Set();
  #next = 1;
  /** {key, name, wire, from}: `from` is the first step that is not its parent's. */
  list = [];
  current = null;

  #changed(kind) {
    this.dispatchEvent(new CustomEvent("change", { detail: { kind } }));
  }

  /** The last beam search (model_utils/views/protocol/beam_wire.py); null if no branch begins with its prompt. */
  get search() {
    const { ids } = this.#search ?? {};
    return ids && this.list.some((branch) => beginsWith(branch, ids)) ? this.#search : null;
  }

  find(key) {
    return this.list.find((branch) => branch.key === key) ?? null;
  }

  /** Make the next change of the list undoable. */
  #remember() {
    const [list, current, search] = [this.list, this.current, this.#search];
    const names = list.map((branch) => branch.name);
    this.#undo.push(() => {
      for (const branch of list) this.#removed.delete(branch.key);
      list.forEach((branch, at) => (branch.name = names[at]));
      [this.list, this.current, this.#search] = [list, current, search];
    });
  }

  get canUndo() {
    return this.#undo.length > 0;
  }

  undo() {
    this.#undo.pop()?.();
    this.#changed("select");
  }

  /** Nothing before this can be undone. */
  forgetChanges() {
    this.#undo = [];
    this.#changed("name");
  }

  /** Show a trace: beside the others if it has the same prompt, else in their place. */
  open(wire, key = null, name = "", search = null) {
    const isSame = (one) => shared(one.wire, wire) >= Math.min(promptOf(one.wire), promptOf(wire));
    const isKin = this.list.length > 0 && this.list.every(isSame);
    const isOneLine = (one) => shared(one, wire) === Math.min(lengthOf(one), lengthOf(wire));
    const same = isKin ? this.list.find(({ wire: known }) => isOneLine(known) && lengthOf(known) === lengthOf(wire)) : null;
    if (same && !key) return this.select(same.key);
    if (this.list.length > 0) this.#remember();
    this.#search = search ?? (isKin ? this.#search : null);
    // A run along the same ids replaces an unfinished branch.
    for (const { key: old } of this.list.filter((one) => one.wire.end === "unfinished" && isOneLine(one.wire))) {
      this.#removed.add(old);
      this.list = this.list.filter((branch) => branch.key !== old);
    }
    const from = isKin ? Math.max(0, ...this.list.map((branch) => shared(branch.wire, wire) - wire.context.length)) : 0;
    return this.#add({ key: key ?? this.newKey(), name, wire, from }, isKin, key ? "run" : "select");
  }

  newKey() {
    while (this.find(`b${this.#next}`)) this.#next += 1;
    return `b${this.#next++}`;
  }

  #add(branch, beside, kind = "select") {
    this.list = beside ? [...this.list, branch] : [branch];
    this.current = branch;
    this.#changed(kind);
    return branch;
  }

  /**
   * A new branch from the current one, before its step `index`: with a candidate [position in tokens, rank, logprob]
   * of that step in place of the chosen one, or with steps that a first part will bring.
   */
  fork(index, candidate = null) {
    const { wire } = this.current;
    const steps = wire.steps.slice(0, index);
    if (candidate) steps.push({ ...wire.steps[index], chosen: candidate, given: true, cut: [] });
    const sampling = wire.sampling ?? { temperature: 0, top_k: 0, top_p: 1, min_p: 0, repetition_penalty: 1, seed: 0 };
    this.#remember();
    return this.#add({ key: this.newKey(), name: "", wire: { ...wire, steps, sampling, end: "unfinished" }, from: index }, true);
  }

  /** The next part of a branch (model_utils/views/protocol/jobs.py), or the first of one that a server began. */
  grow(key, { name = "", of = "", search = null, ...part }) {
    if (this.#removed.has(key)) return;
    const branch = this.find(key);
    const wire = join((branch ?? this.find(of))?.wire, part);
    if (!wire) return;
    if (branch) {
      branch.wire = wire;
      this.#changed(branch === this.current ? "grow" : "other");
    } else {
      this.open(wire, key, name, search);
    }
    if (wire.end !== "unfinished") this.#dropTwin(this.find(key));
  }

  /** Drop a branch whose ids another one has: one text is one branch, the earliest. */
  #dropTwin(branch) {
    const ids = idsOf(branch.wire).join();
    const twin = this.list.find((other) => other !== branch && idsOf(other.wire).join() === ids);
    if (!twin) return;
    twin.name ||= branch.name;
    this.list = this.list.filter((other) => other !== branch);
    this.select(twin.key);
  }

  select(key) {
    this.current = this.find(key) ?? this.current;
    this.#changed("select");
    return this.current;
  }

  rename(key, name) {
    this.#remember();
    this.find(key).name = name.trim();
    this.#changed("name");
  }

  /** Not the last one: a page always shows something. */
  remove(key) {
    if (this.list.length < 2) return;
    this.#remember();
    const at = this.list.findIndex((branch) => branch.key === key);
    this.#removed.add(key);
    this.list = this.list.filter((branch) => branch.key !== key);
    if (this.current.key === key) this.current = this.list[Math.max(0, at - 1)];
    this.#changed("select");
  }

  /** Everything as plain data (model_utils/views/protocol/branches.py): each branch without what it shares with one before it. */
  toValue() {
    const branches = this.list.map(({ name, from, wire }, number) => {
      const shared = this.list.slice(0, number).map((before) => commonLength(before.wire.steps, wire.steps));
      const steps = Math.max(0, ...shared);
      return { name, from, trace: { ...part(wire, steps), after: { branch: Math.max(0, shared.indexOf(steps)), steps } } };
    });
    return { schema: SCHEMA, current: this.list.indexOf(this.current), branches, search: this.search };
  }

  /** The reverse of `toValue`, for a value that was validated on arrival. Undo restores the branches before it. */
  fromValue({ branches, current, search }) {
    if (this.list.length > 0) this.#remember();
    for (const { key } of this.list) this.#removed.add(key);
    this.list = [];
    for (const { name, from, trace } of branches) {
      const wire = join(this.list[trace.after.branch]?.wire, trace);
      this.list.push({ key: this.newKey(), name, from, wire });
    }
    this.current = this.list[current];
    this.#search = search;
    this.#changed("select");
  }
}
