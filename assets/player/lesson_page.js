/* An exported lesson in the languages that it is written in, with the ways to the others; or the list of all lessons.
 * Leaves out: the lesson itself. */

import * as dom from "./core/dom.js";
import { framePage, pageData } from "./frame/page_frame.js";
import { Lesson, slidesOf } from "./lesson/lesson.js";

const { lesson, before, after, index, ...page } = pageData();

/** The entry of a language, or else the first one, and its language. */
function inLanguage(spoken, code) {
  const language = code in spoken ? code : Object.keys(spoken)[0];
  return [spoken[language], language];
}

/** {href, titles by language} as a link. */
function link({ href, titles }, code) {
  const [title, language] = inLanguage(titles, code);
  return dom.make("a", "", { href: `${href}?language=${code}`, lang: language }, title);
}

function lessonPage() {
  const place = dom.make("article");
  const ways = dom.make("nav", "tz-page-ways");
  const picture = new Lesson(place, page);
  framePage(dom.make("main", "", {}, place, ways), page, (code, words) => {
    picture.setLanguage(code);
    picture.show(inLanguage(lesson, code)[0]);
    const all = dom.make("a", "", { href: `index.html?language=${code}` }, words("lesson.list"));
    const way = (to, [begin, end]) => dom.make("span", "", {}, ...(to ? [begin, link(to, code), end] : []));
    ways.setAttribute("aria-label", words("lesson.list"));
    ways.replaceChildren(way(before, ["← ", ""]), all, way(after, ["", " →"]));
  });
}

function indexPage() {
  const [title, list, empty] = [dom.make("h2"), dom.make("ol", "tz-page-list"), dom.make("p")];
  framePage(dom.make("main", "", {}, title, list, empty), page, (code, words) => {
    dom.setText(title, words("lesson.list"));
    dom.setText(empty, index.length ? "" : words("lesson.empty"));
    list.replaceChildren(
      ...index.map((entry) => {
        const slides = slidesOf(words, entry.slides);
        return dom.make("li", "", {}, link(entry, code), " ", dom.make("span", "tz-soft", {}, slides));
      }),
    );
  });
}

if (index) indexPage();
else lessonPage();
