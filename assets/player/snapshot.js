/* A picture of the page as an SVG: its parts are copied to a stage that nobody sees, where save.css takes away what can be
 * pressed; what their styles come to is written into each of them, and they are put into one foreignObject. A figure of Plotly
 * is an SVG already. The same SVG drawn on a canvas is the PNG. Nothing is fetched.
 * Leaves out: which pictures there are, and the menu (savemenu.js). */
(() => {
  const { dom } = window.Tsuzuki;
  const XHTML = "http://www.w3.org/1999/xhtml";
  const SVG = "http://www.w3.org/2000/svg";
  const PAD = 20;
  const SCALE = 2;
  /** What browsers draw at most, in pixels a side. */
  const LARGEST = 16_000;
  const TITLE = 26;
  const NO_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
  /** What a box hands on to those within it. */
  const INHERITED = /^(color|font|letter-spacing|word-|line-height|line-break|text-(align|indent|transform|wrap|shadow|anchor|rendering)|white-space|overflow-wrap|direction|hyphens|tab-size|list-style|border-collapse|border-spacing|caption-side|fill|stroke|quotes|writing-mode)/;
  /** What says the same once more, what nobody sees, and what only a page has. */
  const SKIPPED = /^(-|animation|transition|cursor|pointer-events|user-select|interactivity|perspective|contain|container|content$|scroll|overscroll|will-change|d$|resize|touch-action|inline-size|block-size|(min|max)-(inline|block)-size|inset-(inline|block)|(margin|padding)-(inline|block)|border-(inline|block|start|end)|overflow-(block|inline)|outline-offset|app-region|timeline|view-|anchor|position-(anchor|try|area|visibility)|zoom|speak|forced|print|accent|caret|appearance|column-rule|row-rule|text-emphasis|text-decoration-color)/;

  const EDGE = /^(border-(?:top|right|bottom|left)|outline)-(?:color|width)$/;

  /** The styles of an element that nothing has styled, and of a shape. */
  function plainStyles() {
    const host = dom.make("div", "", { style: "all: initial; display: none" });
    const shadow = document.body.appendChild(host).attachShadow({ mode: "open" });
    const plain = [shadow.appendChild(dom.make("div")), shadow.appendChild(document.createElementNS(SVG, "svg")).appendChild(document.createElementNS(SVG, "path"))];
    const found = plain.map((element) => Object.fromEntries([...getComputedStyle(element)].map((name) => [name, getComputedStyle(element).getPropertyValue(name)])));
    host.remove();
    return { box: found[0], shape: found[1] };
  }

  /** Browsers round to 64ths of a pixel, and a line must not break that did not: a width gets no smaller, but that of a part
   * which takes what is left, and a margin, get no larger. */
  const UNIT_PX = 1 / 64;
  function rounded(name, value, isGrowing) {
    const number = parseFloat(value);
    if (name === "width" && !isGrowing) return `${Math.ceil(number / UNIT_PX) * UNIT_PX}px`;
    return name === "width" || number > 1 ? `${Math.floor(number - UNIT_PX)}px` : value;
  }

  function written(style, outer, base) {
    const isGrowing = outer?.display.includes("flex") && style.flexGrow !== "0";
    const isSticky = style.position === "sticky";
    let text = "";
    for (const name of style) {
      if (SKIPPED.test(name) || (isSticky && /^(top|right|bottom|left)$/.test(name))) continue;
      const [, edge] = EDGE.exec(name) ?? [];
      if (edge && style.getPropertyValue(`${edge}-style`) === "none") continue;
      let value = style.getPropertyValue(name);
      const known = INHERITED.test(name) && outer ? outer.getPropertyValue(name) : base[name];
      // Where there is an edge, its width is not the one of an element without.
      if ((value === known && !edge) || (name.endsWith("-origin") && style.transform === "none")) continue;
      if (isSticky && name === "position") value = "relative";
      if (/^(width|margin-)/.test(name) && /\.\d+px$/.test(value)) value = rounded(name, value, isGrowing);
      text += `${name}:${value};`;
    }
    return text;
  }

  const isSeen = (style) => style.display !== "none" && style.visibility !== "hidden";

  /** What `::before` or `::after` adds, as an element. */
  function added(element, which, plain) {
    const style = getComputedStyle(element, which);
    if (["none", "normal", ""].includes(style.content) || !isSeen(style)) return [];
    const attribute = /^attr\((.+)\)$/.exec(style.content);
    const text = attribute ? element.getAttribute(attribute[1]) : style.content.replace(/^"(.*)"$/s, "$1");
    const copy = document.createElementNS(XHTML, "div");
    copy.setAttribute("style", written(style, getComputedStyle(element), plain.box));
    copy.append(text.replace(NO_XML, "\ufffd"));
    return [copy];
  }

  function copied(element, outer, plain) {
    const style = getComputedStyle(element);
    if (!isSeen(style)) return [];
    const isDrawn = element.namespaceURI === SVG;
    const copy = document.createElementNS(isDrawn ? SVG : XHTML, isDrawn ? element.localName : "div");
    if (isDrawn) for (const { name, value } of element.attributes) if (!/^(class|style|xmlns|aria-)/.test(name)) copy.setAttribute(name, value);
    const centred = element.localName === "button" && style.display === "block" ? "align-content:center;" : "";
    copy.setAttribute("style", written(style, outer, isDrawn && element.localName !== "svg" ? plain.shape : plain.box) + centred);
    for (const name of ["dir", "lang"]) if (element.hasAttribute(name)) copy.setAttribute(name, element.getAttribute(name));
    const within = [...element.childNodes].flatMap((node) => {
      if (node.nodeType === Node.TEXT_NODE) return [node.data.replace(NO_XML, "\ufffd")];
      return node.nodeType === Node.ELEMENT_NODE ? copied(node, style, plain) : [];
    });
    copy.append(...(isDrawn ? within : [...added(element, "::before", plain), ...within, ...added(element, "::after", plain)]));
    return [copy];
  }

  /** The page's own fonts for single signs, which are on the reader's machine. */
  function fontRules() {
    const rules = [...document.styleSheets].filter(({ href }) => !href).flatMap(({ cssRules }) => [...cssRules]);
    return rules.filter((rule) => rule instanceof CSSFontFaceRule && rule.cssText.includes("Tsuzuki")).map(({ cssText }) => cssText).join("\n");
  }

  function sheet(width, height, paper, name) {
    const svg = document.createElementNS(SVG, "svg");
    for (const [key, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) svg.setAttribute(key, value);
    const add = (tag, attributes, ...children) => {
      const element = svg.appendChild(document.createElementNS(SVG, tag));
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
      element.append(...children);
      return element;
    };
    add("title", {}, name.replace(NO_XML, "\ufffd"));
    add("style", {}, fontRules());
    add("rect", { width, height, fill: paper });
    return { svg, add };
  }

  const finished = ({ svg }, width, height) => ({ width, height, svg: new XMLSerializer().serializeToString(svg) });
  const valueOf = (root, name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();

  /** Elements that stand within `root`, one below the other, as they look there. */
  function drawElements(root, elements, name) {
    const width = Math.max(...elements.map((element) => element.getBoundingClientRect().width));
    const stage = dom.make("div", "tz-stage-of-picture", { inert: "", "aria-hidden": "true" }, ...elements.map((element) => element.cloneNode(true)));
    stage.style.width = `${width}px`;
    root.append(stage);
    const [across, down] = [stage.scrollWidth, stage.scrollHeight].map((size) => Math.ceil(size) + 2 * PAD);
    const [copy] = copied(stage, null, plainStyles());
    stage.remove();
    Object.assign(copy.style, { position: "static", opacity: "1", width: `${across - 2 * PAD}px`, zIndex: "auto" });
    const drawn = sheet(across, down, valueOf(root, "paper"), name);
    drawn.add("foreignObject", { x: PAD, y: PAD, width: across - 2 * PAD, height: down - 2 * PAD }, copy);
    return finished(drawn, across, down);
  }

  /** Figures of Plotly one below the other: [{plot, title, mark}], each mark an element that stands over its plot. */
  async function drawFigures(root, figures, name) {
    const width = Math.max(...figures.map(({ plot }) => plot.clientWidth)) + 2 * PAD;
    const parts = [];
    for (const { plot, title, mark } of figures) {
      const { clientWidth, clientHeight } = plot;
      const url = await window.Plotly.toImage(plot, { format: "svg", width: clientWidth, height: clientHeight });
      const text = decodeURIComponent(url.slice(url.indexOf(",") + 1));
      parts.push({ part: new DOMParser().parseFromString(text, "image/svg+xml").documentElement, title, mark, plot });
    }
    const height = parts.reduce((sum, { plot }) => sum + TITLE + plot.clientHeight, 2 * PAD);
    const drawn = sheet(width, height, valueOf(root, "paper"), name);
    let top = PAD;
    for (const { part, title, mark, plot } of parts) {
      drawn.add("text", { x: PAD, y: top + 14, fill: valueOf(root, "soft"), "font-size": 13, "font-family": valueOf(root, "sans") }, title.textContent);
      top += TITLE;
      for (const [key, value] of Object.entries({ x: PAD, y: top })) part.setAttribute(key, value);
      drawn.svg.append(part);
      if (mark) drawMark(drawn, mark.getBoundingClientRect(), plot.getBoundingClientRect(), top, valueOf(root, "accent"));
      top += plot.clientHeight;
    }
    return finished(drawn, width, height);
  }

  function drawMark({ add }, mark, plot, top, colour) {
    const { width, height } = mark;
    add("rect", { x: PAD + mark.left - plot.left, y: top + mark.top - plot.top, width, height, fill: colour, "fill-opacity": 0.18, stroke: colour });
  }

  /** The picture as PNG, at twice its size. Throws where a browser lets nobody read what it drew. */
  async function toPng({ svg, width, height }) {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
    await image.decode();
    const scale = Math.min(SCALE, LARGEST / Math.max(width, height));
    const canvas = dom.make("canvas", "", { width: Math.round(width * scale), height: Math.round(height * scale) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!blob) throw new Error("the browser gave no PNG");
    return blob;
  }

  window.Tsuzuki.snapshot = { drawElements, drawFigures, toPng };
})();
