/* Saved branches (model_utils/views/protocol/branches.py): the step-through player, and below it or above the map.
 * Leaves out: the map (map/map.js). */

import * as dom from "../core/dom.js";
import { ProbabilityMap } from "../map/map.js";
import { register } from "./registry.js";
import { StepView } from "./step.js";

class MapView extends StepView {
  constructor(root, options) {
    const [first, second] = [root.appendChild(dom.make("div")), root.appendChild(dom.make("div"))];
    const [steps, place] = options.mapFirst ? [second, first] : [first, second];
    super(steps, options);
    this.map = new ProbabilityMap(place, { ...options, branches: this.branches, player: this.player });
  }

  setLanguage(code) {
    super.setLanguage(code);
    this.map.setLanguage(code);
  }
}

register("map", MapView, {});
