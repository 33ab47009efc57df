/* One quiet line about the whole trace: the model, the first token with a probability, the sampling, the end.
 * Leaves out: the steps. */

import { term } from "../core/details.js";
import * as dom from "../core/dom.js";

/** Setting, the value at which it does nothing. */
const SETTINGS = [
  ["temperature", null],
  ["top_k", 0],
  ["top_p", 1],
  ["min_p", 0],
  ["repetition_penalty", 1],
];

export class Header {
  constructor(player) {
    this.player = player;
    this.element = dom.make("p", "tz-about");
  }

  show(trace) {
    const { words } = this.player;
    const { wire } = trace;
    const model = dom.make("span", "tz-model", { title: wire.revision }, words("about.model", { model: wire.model }));
    const items = [model];
    if (wire.context.length) items.push(this.#convention(trace));
    if (wire.sampling) items.push(...this.#sampling(wire.sampling));
    items.push(dom.make("span", "", {}, words(`about.end.${wire.end}`)));
    this.element.replaceChildren(...items);
  }

  #convention(trace) {
    const { player } = this;
    const [key, blank] = trace.startsFromMark ? ["about.bos", "{token}"] : ["about.no_bos", "{context}"];
    const [before, after] = player.words(key).split(blank);
    if (!trace.startsFromMark) return dom.make("span", "", {}, before, term(player, "context"), after);
    const token = dom.make("span", "tz-inline-token");
    dom.drawToken(token, { ...trace.context[0], isEnd: false });
    return dom.make("span", "", {}, before, token, after);
  }

  #sampling(sampling) {
    const { player } = this;
    const isGreedy = sampling.temperature === 0;
    const items = SETTINGS.filter(([name, off]) => sampling[name] !== off).map(([name]) => {
      const isArgmax = name === "temperature" && isGreedy;
      const value = isArgmax ? player.words("about.greedy") : String(sampling[name]);
      return dom.make("span", "", {}, term(player, name), isArgmax ? "" : " ", isArgmax ? ` ${value}` : value);
    });
    if (!isGreedy) items.push(dom.make("span", "", {}, player.words("about.seed", { seed: sampling.seed })));
    return items;
  }
}
