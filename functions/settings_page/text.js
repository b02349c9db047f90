/**
 * Text in the document: slots and times.
 *
 * Owns how anything that the API answered gets into the page: as text, never as markup.
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

export const element = (id) => document.getElementById(id);

/** A copy of what a template holds. */
export const clone = (template) => element(template).content.firstElementChild.cloneNode(true);

/** All slots called `name` below `root`. */
export const slots = (root, name) => root.querySelectorAll(`[data-slot="${name}"]`);

/** The one slot called `name`. */
export const slot = (root, name) => root.querySelector(`[data-slot="${name}"]`);

/** Puts texts into slots: `{ name: "CI" }` fills every `[data-slot="name"]`. */
export function fill(root, texts) {
  for (const [name, text] of Object.entries(texts)) {
    for (const place of slots(root, name)) place.textContent = text;
  }
}

/** A name within a sentence: set apart, so that its direction does not disturb the sentence's. */
export function named(text) {
  const bdi = document.createElement("bdi");
  bdi.dir = "auto";
  bdi.className = "name";
  bdi.textContent = text;
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
