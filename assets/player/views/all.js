/* All views, in the order in which a page has them. Leaves out: what they are (registry.js). */

import "./step.js";
import "./score.js";
import "./map.js";
import "./tokens.js";
import "./duel.js";
import "./answers.js";
import "./models.js";
import "./learning.js";
