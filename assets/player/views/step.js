/* A text token by token: a trace (model_utils/trace/wire.py), or saved branches (model_utils/views/protocol/branches.py), in a player
 * of its own. Leaves out: the player (step/player.js). */

import { isCount, isIndex, isModel, isText, within } from "../core/checks.js";
import { Player } from "../step/player.js";
import { Branches } from "../trace/branches.js";
import { register } from "./registry.js";

/** A sampler's settings, in the ranges of the page's fields. */
export const SETTINGS = {
  temperature: within(0, 2),
  top_k: (value) => isIndex(value) && value <= 200,
  top_p: within(0, 1),
  min_p: within(0, 1),
  repetition_penalty: within(0.5, 2),
};

/** A player with branches of its own. */
export class StepView {
  constructor(root, options) {
    this.branches = new Branches();
    this.player = new Player(root, { ...options, branches: this.branches });
  }

  setLanguage(code) {
    this.player.setLanguage(code);
  }

  show(value) {
    if (value?.branches) this.#restore(value);
    else if (value) this.branches.open(value);
    this.branches.forgetChanges();
  }

  /** Branches as they were saved, at the step where they were. */
  #restore(value) {
    this.branches.fromValue(value);
    this.player.spot = value.page;
  }
}

register("step", StepView, { inputs: { prompt: isText, length: isCount, ...SETTINGS, seed: isCount, model: isModel } });
