/**
 * Text in the document: slots, names and times.
 *
 * Owns how anything that the API answered gets into the page: as text, never as markup, and with nothing in it
 * that cannot be seen.
 */

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const EXACT = new Intl.DateTimeFormat("en", { dateStyle: "full", timeStyle: "long" });
const UNITS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

// In these scripts, and between the parts of an emoji, a joiner decides how the letters beside it look.
const JOINED = "Arab Syrc Nkoo Mong Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr"
  .split(" ")
  .map((script) => `\\p{scx=${script}}`)
  .join("");
const NEEDED = [
  `(?<=[${JOINED}])[\u200C\u200D](?=[${JOINED}])`,
  "(?<=[\\p{ExtPict}\\p{EMod}\uFE0F])\u200D(?=\\p{ExtPict})",
  "(?<=\\p{ExtPict})[\uFE0E\uFE0F]",
  "(?<=[0-9#*])\uFE0F(?=\u20E3)",
].join("|");

// Controls of direction, and whatever else leaves no trace of its own.
const UNSEEN = new RegExp(`(${NEEDED})|[\\p{DI}\uFFF9-\uFFFB\u2800]`, "gu");

export const element = (id) => document.getElementById(id);

/** A copy of what a template holds. */
export const clone = (template) => element(template).content.firstElementChild.cloneNode(true);

/** All slots called `name` below `root`. */
export const slots = (root, name) => root.querySelectorAll(`[data-slot="${name}"]`);

/** The one slot called `name`. */
export const slot = (root, name) => root.querySelector(`[data-slot="${name}"]`);

/** `text` with a mark, such as [U+202E], for what would turn the text around or could not be seen. */
export const shown = (text) =>
  text.replace(UNSEEN, (character, needed) => needed ?? `[U+${hex(character).padStart(4, "0")}]`);

const hex = (character) => character.codePointAt(0).toString(16).toUpperCase();

/** Puts texts into slots, as they are `shown`: `{ name: "CI" }` fills every `[data-slot="name"]`. */
export function fill(root, texts) {
  for (const [name, text] of Object.entries(texts)) {
    for (const place of slots(root, name)) place.textContent = shown(text);
  }
}

/** A name within a sentence: set apart, so that its direction does not disturb the sentence's. */
export function named(text) {
  const bdi = document.createElement("bdi");
  bdi.dir = "auto";
  bdi.className = "name";
  bdi.textContent = shown(text);
  return bdi;
}

/** Shows a time as "3 days ago", and exactly on hover; null is `none`. */
export function showTime(time, iso, none = "") {
  if (iso) {
    time.dateTime = iso;
    time.title = EXACT.format(new Date(iso));
  } else {
    time.removeAttribute("datetime");
    time.removeAttribute("title");
  }
  time.classList.toggle("none", !iso);
  time.textContent = iso ? ago(iso) : none;
}

/** Lets the times that are on view grow older. */
export function refreshTimes(root = document) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const text = ago(time.dateTime);
    if (time.textContent !== text && time.checkVisibility({ contentVisibilityAuto: true }))
      time.textContent = text;
  }
}

/** How long ago a time was, in words. */
export function ago(iso) {
  const seconds = (Date.now() - Date.parse(iso)) / 1000;
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? [];
  return unit ? RELATIVE.format(-Math.floor(seconds / length), unit) : "just now";
}
