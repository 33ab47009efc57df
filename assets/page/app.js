/* Joins Gradio's components to the pictures: mounts one in each place, hands it its value, and tells all of them the
 * language. Leaves out: the pictures themselves, and what the server does. */

import "../player/frame/composing.js";
import * as dom from "../player/core/dom.js";
import { wordsOf } from "../player/core/dom.js";
import { bringPlotlyBy } from "../player/core/plotly.js";
import * as embed from "../player/frame/embed.js";
import { sayIfOld } from "../player/frame/oldest.js";
import { ProbabilityMap } from "../player/map/map.js";
import { Player } from "../player/step/player.js";
import { Branches, idsOf } from "../player/trace/branches.js";
import { makeView } from "../player/views/registry.js";
import { Address } from "./address/address.js";
import { onDrop } from "./drop.js";
import { Groups } from "./groups.js";
import { watchOver } from "./health.js";
import "./lessons.js";
import { SavePage } from "./save/save_page.js";
import "./gradio_fixes.js";
import { Sheet } from "./sheet.js";
import { Slides } from "./save/slides.js";
import * as lastVisit from "./last_visit.js";

/** @import { SavedBranches } from "../player/trace/branches.js" */

const setup = window.TsuzukiSetup;
const PLOTLY_AFTER_MS = 300;
const KEEP_AFTER_MS = 400;
const pictures = new Set();
/** What the pictures show, by kind. */
const values = new Map();
/** Notices of the branches, beside the player and beside the map. */
const branchNotices = [];
let language = dom.readersLanguage(setup);
let [store, storePlayer, storePage] = [null, null, null];
let share = null;
let isRestored = false;
let keeping = 0;

/** Plotly is more than all else together, and a phone folds away what it draws: it comes when it is wanted and the page stands. */
const loadPlotly = () => document.head.append(dom.make("script", "", { src: setup.plotly }));
bringPlotlyBy(() => setTimeout(loadPlotly, PLOTLY_AFTER_MS));

/** A sentence, or one in each language. */
class Notice {
  constructor(root) {
    this.line = dom.make("p", "tz-notice tz-silent", { role: "status" });
    root.append(this.line);
  }

  setLanguage() {
    this.show(this.said);
  }

  show(said) {
    this.said = said;
    dom.say(this.line, (typeof said === "string" ? said : said?.[language]) ?? "");
  }
}

/** The player with the branches; it asks the server to go on, and keeps what the page shows for the next visit. */
class PageBranches {
  constructor(root, options) {
    const ask = (branch, more) => this.#ask(branch, more, options.trigger);
    this.branches = new Branches();
    this.player = new Player(root, { ...options, branches: this.branches, ask });
    [store, storePlayer, storePage] = [this.branches, this.player, this];
    this.branches.addEventListener("change", keepSoon);
    this.branches.addEventListener("change", () => share?.noteBranches());
    for (const event of ["tsuzuki:step", "tsuzuki:knobs"]) root.addEventListener(event, keepSoon);
    root.addEventListener("tsuzuki:say", ({ detail }) => branchNotices[0]?.show(detail.sentence));
  }

  /** `more` is {text}, or {kind, ids, width, length_penalty}: see Ask in model_utils/views/protocol/branches.py. */
  #ask({ key, wire }, more, trigger) {
    trigger({ branch: key, model: wire.model, revision: wire.revision, ids: idsOf(wire), ...more });
  }

  setLanguage(code) {
    this.player.setLanguage(code);
  }

  /** A part of a branch, branches from a file, or a whole trace. */
  show(value) {
    if (value === null) return;
    const { branch, opened: _, first, ...part } = value;
    if (first) waitForRestore();
    if (value.branches) this.#open(value);
    else if (branch) this.branches.grow(branch, part);
    else this.branches.open(part);
  }

  /**
   * Branches from a file or a link, and the rest of the page's state.
   *
   * @param {SavedBranches & {page?: object}} saved
   */
  #open({ page, ...value }) {
    this.branches.fromValue(value);
    if (page) share.resume(page);
  }
}

/** The page's address, once there are branches for it to name. */
class PageAddress extends Address {
  constructor(root, options) {
    super(root, { ...options, page: () => ({ store, player: storePlayer, show: (value) => storePage.show(value) }) });
    share = this;
    onDrop(() => this.say("link.drop"));
  }
}

/** The map of the branches on the page. */
class PageMap {
  constructor(root, options) {
    this.notice = new BranchNotice(root.appendChild(dom.make("div")));
    const place = root.appendChild(dom.make("div"));
    const openExample = () => options.trigger({});
    this.map = new ProbabilityMap(place, { ...options, branches: store, player: storePlayer, openExample });
  }

  setLanguage(code) {
    this.map.setLanguage(code);
  }

  show() {
    this.map.show();
  }
}

/** From a lesson to the page, with the lesson's inputs and the resulting value. */
const goOn = ({ state, value }) => share.goOn(state, value);

const firstLesson = () => share?.lesson;

/** @returns {HTMLTextAreaElement | null} */
const promptBox = () => document.querySelector("#prompt textarea");

function snapshot() {
  return { ...store.toValue(), prompt: promptBox()?.value ?? "", spot: storePlayer.spot, address: location.hash };
}

/** Keep what is on the page for the next visit, once it has come to rest. */
function keepSoon() {
  if (!isRestored || embed.isOn) return;
  clearTimeout(keeping);
  keeping = setTimeout(keepNow, KEEP_AFTER_MS);
}

function keepNow() {
  clearTimeout(keeping);
  keeping = 0;
  return lastVisit.write(snapshot());
}

/** The example of a first visit takes the place of what is shown, also when Gradio begins anew with an app that was
 * away; it is not kept. */
function waitForRestore() {
  if (keeping && isRestored) keepNow();
  isRestored = false;
}

/** Show the branches kept at the last visit in place of the first example; returns the prompt to show. */
async function restore(prompt) {
  const kept = await lastVisit.read();
  // The example is on its way: wait for it, then replace it.
  while (!store?.list.length || !share) await new Promise((resolve) => setTimeout(resolve, 10));
  isRestored = true;
  share.kept = kept;
  // By now someone may have typed.
  const typed = promptBox()?.value ?? prompt;
  if (!kept?.branches?.length || typed !== prompt || share.address || embed.isOn) return typed;
  store.fromValue(kept);
  store.forgetChanges();
  storePlayer.spot = kept.spot ?? {};
  return kept.prompt;
}

class BranchNotice extends Notice {
  constructor(root) {
    super(root);
    branchNotices.push(this);
  }

  setLanguage() {}

  show(sentence) {
    for (const notice of branchNotices) dom.say(notice.line, sentence ?? "");
  }
}

/** What stands on the page besides the views; with a server behind it, the player and the map are others than in a saved page. */
const KINDS = {
  branches: PageBranches,
  "branch-notice": BranchNotice,
  groups: Groups,
  map: PageMap,
  "save-page": SavePage,
  sheet: Sheet,
  slides: Slides,
  notice: Notice,
  share: PageAddress,
};

const hasValue = (kind) => Boolean(kind === "branches" ? store?.current : values.get(kind));

/** What a picture shows now, or null for nothing. */
const valueNow = (kind) =>
  kind === "branches" ? store?.current && { ...store.toValue(), page: storePlayer.spot } : values.get(kind);

const showSavers = () =>
  [...pictures].filter((picture) => picture instanceof SavePage).forEach((saver) => saver.show());

/** Mount a picture in a component; `props`, `watch` and `trigger` come from gr.HTML. */
function mount(kind, element, props, watch, trigger) {
  const host = element.querySelector(".tz-host");
  const options = { setup, language, view: props.view, trigger, goOn, firstLesson, valueNow, hasValue };
  const picture = kind in KINDS ? new KINDS[kind](host, options) : makeView(kind, host, options);
  const show = () => {
    const value = props.value ? JSON.parse(props.value) : null;
    values.set(kind, value);
    picture.show(value);
    showSavers();
  };
  pictures.add(picture);
  embed.start();
  embed.setWords(wordsOf(setup, language));
  nameRemovers();
  watch("value", show);
  show();
}

/** The crosses beside the texts of the duel, which have no word of their own. */
function nameRemovers() {
  const words = wordsOf(setup, language);
  for (const button of document.querySelectorAll("[id^=remove-]")) {
    button.setAttribute("aria-label", words("page.duel.remove", { letter: button.id.at(-1).toUpperCase() }));
  }
}

function setLanguage(code) {
  language = code;
  document.documentElement.lang = code;
  const words = wordsOf(setup, code);
  document.querySelector("#theme")?.setAttribute("aria-label", words("page.theme"));
  document.querySelector("#language")?.setAttribute("aria-label", words("page.language"));
  nameRemovers();
  embed.setWords(words);
  watchOver(words);
  sayIfOld(words);
  for (const picture of pictures) picture.setLanguage(code);
}

function switchTheme() {
  document.body.classList.toggle("dark");
}

/** What is on the page as a file: branches as model_utils/views/protocol/branches.py writes them, and the rest of its state. */
function save() {
  if (!store?.current) return;
  const { branches: _, ...page } = share.state();
  dom.download(JSON.stringify({ ...store.toValue(), page }), "application/json", "branches.json");
}

async function shareSoon() {
  while (!share) await new Promise((resolve) => setTimeout(resolve, 10));
  return share;
}

/** What address.js does, for the server and for other scripts. */
const sharing = {
  state: () => share.state(),
  link: () => share.link(),
  openState: (state, value) => share.openState(state, value),
  unlessLinked: (values) => (share?.isOpening ? values.map(() => null) : values),
  placed: () => share.fields.placed(),
  openAddress: async () => (await shareSoon()).openAddress(),
  noteInputs: async (names, values) => (await shareSoon()).noteInputs(names, values),
};

document.addEventListener("click", (event) => dom.targetOf(event)?.closest("#copy-link") && share?.copy());

window.TsuzukiPage = { mount, restore, setLanguage, nameRemovers, switchTheme, save, ...sharing };
