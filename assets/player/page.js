/* An exported page of one view, with its verdict if it has one.
 * Leaves out: the view itself. */
(() => {
  const { dom, framePage, makeView, pageData } = window.Tsuzuki;
  const { view, value, said, ...page } = pageData();
  const sentence = dom.make("p", "tz-page-said");
  const place = dom.make("div");
  const picture = makeView(view, place, page);
  framePage(dom.make("main", "", {}, sentence, place), page, (code) => {
    picture.setLanguage(code);
    dom.setText(sentence, said[code] ?? "");
  });
  picture.show(value);
})();
