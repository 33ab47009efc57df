/* An exported page of one view.
 * Leaves out: the view itself. */

import * as dom from "./core/dom.js";
import { framePage, pageData } from "./frame/page_frame.js";
import { makeView } from "./views/registry.js";

const { view, value, ...page } = pageData();
const place = dom.make("div");
const picture = makeView(view, place, page);
framePage(dom.make("main", "", {}, place), page, (code) => picture.setLanguage(code));
picture.show(value);
