/* An exported page of one view, with its verdict if it has one.
 * Leaves out: the view itself. */

import * as dom from "./core/dom.js";
import { framePage, pageData } from "./frame/page_frame.js";
import { makeView } from "./views/registry.js";

const { view, value, said, ...page } = pageData();
const sentence = dom.make("p", "tz-page-said");
const place = dom.make("div");
const picture = makeView(view, place, page);
framePage(dom.make("main", "", {}, sentence, place), page, (code) => {
  picture.setLanguage(code);
  dom.setText(sentence, said[code] ?? "");
});
picture.show(value);
