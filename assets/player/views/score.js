/* A text that somebody wrote, with a table of its factors. Leaves out: the player (step/player.js). */

import { register } from "./registry.js";
import { StepView } from "./step.js";

class ScoreView extends StepView {
  constructor(root, options) {
    super(root, { ...options, view: "score" });
  }
}

register("score", ScoreView);
