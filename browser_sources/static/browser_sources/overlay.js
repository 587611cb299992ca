// @ts-check
"use strict";

/**
 * @typedef {{id: string, kind: string, started_at: string, test: boolean, text?: string,
 *   style?: string, duration_s?: number | null, title?: string, content?: string,
 *   artist?: string, album?: string, requested_by?: string}} Item
 * @typedef {{type: "snapshot", seq: number, current: Item | null, now: string}
 *   | {type: "show", seq: number, item: Item}
 *   | {type: "hide", seq: number, id: string}
 *   | {type: "state" | "reload" | "pong", seq?: undefined}} Told
 */

const PIXELS_PER_SECOND = 170;
const READ_FIRST = 1200;
const PING_EVERY = 10_000;
const SILENCE_IS_DEATH = 15_000;
const GONE = 60_000;

const ICONS = {
  default: "M4 5h16v11H10l-5 5v-5H4zM8 9h8M8 12h5",
  info: "M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19M12 11v6M12 7v.3",
  success: "M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19M7.5 12.5l3 3 6-6.5",
  warning: "M12 3 2 20.5h20zM12 9.5v5M12 17.4v.3",
  urgent: "M13.5 2 4.5 13.5H11L9.5 22l10-12.5H13z",
  media: "M9 18V5l11-2v12M9 18a3 3 0 1 1-6 0 3 3 0 0 1 6 0M20 15a3 3 0 1 1-6 0 3 3 0 0 1 6 0",
};

const stage = /** @type {HTMLElement} */ (document.getElementById("stage"));
const isTicker = document.documentElement.dataset.kind === "ticker";
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

/* ------------------------------------------------------------------ drawing */

/**
 * Whatever people wrote goes in as text, never as markup.
 * @param {string} className
 * @param {string} [text]
 */
function box(className, text) {
  const element = document.createElement("div");
  element.className = className;
  if (text !== undefined) {
    element.dir = "auto";
    element.textContent = text;
  }
  return element;
}

/** @param {keyof typeof ICONS} name */
function badge(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  const element = box("badge");
  element.append(svg);
  return element;
}

/** @param {Item} item */
function card(item) {
  const style = item.style && item.style in ICONS ? item.style : "default";
  return box(`card ${item.kind} ${style}${item.test ? " test" : ""}`);
}

/**
 * One message runs through the lane without a seam: each copy is at least as wide as the lane,
 * and when the first has left, the second is where it began.
 * @param {Item} item
 */
function drawTicker(item) {
  const element = card(item);
  const lane = box("lane");
  const track = box("track");
  const copy = box("copy", (item.text || "").replace(/\s+/g, " "));
  const style = /** @type {keyof typeof ICONS} */ (element.classList[2]);
  track.append(copy);
  lane.append(track);
  element.append(badge(style), lane);
  stage.append(element);
  if (!isCalm.matches) {
    const width = Math.max(copy.offsetWidth, lane.offsetWidth);
    copy.style.minWidth = `${width}px`;
    track.append(copy.cloneNode(true));
    const run = track.animate(
      { transform: ["translateX(0)", `translateX(-${width}px)`] },
      { delay: READ_FIRST, duration: (width / PIXELS_PER_SECOND) * 1000, iterations: Infinity },
    );
    // Whoever comes late sees it where it is by now.
    run.currentTime = elapsed(item);
  }
  return element;
}

/** @param {Item} item */
function drawMedia(item) {
  const element = card(item);
  const lines = box("lines");
  const by = [item.artist, item.album].filter(Boolean).join(" · ");
  lines.append(box("title", item.title || "Now playing"));
  if (by) lines.append(box("artist", by));
  if (item.requested_by) lines.append(box("note", `requested by ${item.requested_by}`));
  element.append(badge("media"), lines);
  stage.append(element);
  return element;
}

/** @param {Item} item */
function drawGeneral(item) {
  const element = card(item);
  if (item.title) element.append(box("title", item.title));
  element.append(box("body", item.content || ""));
  stage.append(element);
  return element;
}

const drawers = { ticker: drawTicker, media: drawMedia, general: drawGeneral };

/* ------------------------------------------------------------- what is shown */

let clockOffset = 0;
/** @type {{item: Item, element: HTMLElement, timer: number} | null} */
let shown = null;

/** @param {Item} item */
function elapsed(item) {
  return Math.max(0, Date.now() + clockOffset - Date.parse(item.started_at));
}

/** @param {Item} item */
function show(item) {
  if (shown && shown.item.id === item.id) return;
  const left = item.duration_s ? item.duration_s * 1000 - elapsed(item) : 0;
  hide();
  if (item.duration_s && left <= 0) return;
  const draw = drawers[/** @type {keyof typeof drawers} */ (item.kind)];
  if (!draw) return;
  const element = draw(item);
  slide(element, false);
  // The server says when it is over; this is for when the server is away.
  const timer = item.duration_s ? window.setTimeout(hide, left + 1000) : 0;
  shown = { item, element, timer };
  send({ type: "ack", id: item.id });
}

function hide() {
  if (!shown) return;
  const { element, timer } = shown;
  shown = null;
  clearTimeout(timer);
  slide(element, true).onfinish = () => element.remove();
}

/**
 * @param {HTMLElement} element
 * @param {boolean} out
 */
function slide(element, out) {
  const away = isCalm.matches ? "none" : `translateY(${isTicker ? 160 : 40}px)`;
  const frames = [
    { opacity: 0, transform: away },
    { opacity: 1, transform: "none" },
  ];
  return element.animate(out ? frames.reverse() : frames, {
    duration: 380,
    easing: out ? "cubic-bezier(.5,0,.9,.4)" : "cubic-bezier(.1,.8,.2,1)",
    fill: "both",
  });
}

/* ---------------------------------------------------------------- the socket */

const address = new URL(location.href);
address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
address.pathname = address.pathname.replace("/browser/source/", "/browser/ws/");
address.search = address.hash = "";

/** @type {WebSocket | null} */
let socket = null;
/** @type {number | undefined} */
let lastSeq;
let failures = 0;
let heardAt = 0;
let pinger = 0;
let retry = 0;

/** @param {object} message */
function send(message) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

/** @param {Told} told */
function hear(told) {
  if (told.type === "snapshot") {
    failures = 0;
    lastSeq = told.seq;
    clockOffset = Date.parse(told.now) - Date.now();
    if (told.current) show(told.current);
    else hide();
    return;
  }
  if (told.seq === undefined || (lastSeq !== undefined && told.seq <= lastSeq)) return;
  lastSeq = told.seq;
  if (told.type === "show") show(told.item);
  else if (told.type === "hide") hide();
}

function connect() {
  clearTimeout(retry);
  const mine = (socket = new WebSocket(address));
  heardAt = Date.now();
  mine.onopen = () => send({ type: "hello", ...(lastSeq === undefined ? {} : { last_seq: lastSeq }) });
  mine.onmessage = (event) => {
    heardAt = Date.now();
    hear(JSON.parse(event.data));
  };
  mine.onclose = (event) => {
    if (mine === socket) comeBack(event.code);
  };
  clearInterval(pinger);
  pinger = window.setInterval(() => {
    // A dead line never closes by itself.
    if (Date.now() - heardAt > SILENCE_IS_DEATH) comeBack(0);
    else send({ type: "ping" });
  }, PING_EVERY / 2);
}

/** @param {number} code */
function comeBack(code) {
  clearInterval(pinger);
  const old = socket;
  socket = null;
  if (old) old.close();
  const isGone = code === 4404 || code === 4401;
  if (isGone) hide();
  // Soon at first; never all pages at once.
  const pause = Math.min(200 * 2 ** failures, 5000) * (0.5 + Math.random());
  failures += 1;
  clearTimeout(retry);
  retry = window.setTimeout(connect, isGone || code === 4429 ? GONE : pause);
}

/* ------------------------------------------------------------------ the canvas */

function fit() {
  const scale = isTicker ? innerWidth / 1920 : Math.min(innerWidth / 1920, innerHeight / 1080);
  const left = (innerWidth - 1920 * scale) / 2;
  const lift = isTicker ? 0 : (innerHeight - 1080 * scale) / 2;
  stage.style.transform = `translate(${left}px, ${-lift}px) scale(${scale})`;
}

addEventListener("resize", fit);
addEventListener("online", () => {
  if (!socket) connect();
});
fit();
connect();
