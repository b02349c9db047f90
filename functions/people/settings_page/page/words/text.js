/**
 * Text in the document: slots and names.
 *
 * Owns how anything that the API answered gets into the page: as text, never as markup, and with nothing in it
 * that cannot be seen.
 */

import { INVISIBLE } from "../data/deployment.js";

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

// Controls of direction, and whatever else leaves no trace of its own: the API's own list.
const UNSEEN = INVISIBLE.map((range) => range.map((point) => `\\u{${point.toString(16)}}`).join("-")).join("");
const TO_MARK = new RegExp(`(${NEEDED})|[${UNSEEN}]`, "gu");

export const element = (id) => document.getElementById(id);

/** A copy of what a template holds. */
export const clone = (template) => element(template).content.firstElementChild.cloneNode(true);

/** All slots called `name` below `root`. */
export const slots = (root, name) => root.querySelectorAll(`[data-slot="${name}"]`);

/** The one slot called `name`. */
export const slot = (root, name) => root.querySelector(`[data-slot="${name}"]`);

/** `text` with a mark, such as [U+202E], for what would turn the text around or could not be seen. */
export const marked = (text) =>
  text.replace(TO_MARK, (character, needed) => needed ?? `[U+${hex(character).padStart(4, "0")}]`);

const hex = (character) => character.codePointAt(0).toString(16).toUpperCase();

/** What a person can type of what is shown: no joiners, one space where there are several. */
export const typeable = (text) =>
  marked(text)
    .normalize("NFKC")
    .replace(new RegExp(`[${UNSEEN}]`, "gu"), "")
    .replace(/\s+/gu, " ")
    .trim();

/** Puts texts into slots, `marked`: `{ name: "CI" }` fills every `[data-slot="name"]`. */
export function fill(root, texts) {
  for (const [name, text] of Object.entries(texts)) {
    for (const place of slots(root, name)) place.textContent = marked(text);
  }
}

/** A name within a sentence: set apart, so that its direction does not disturb the sentence's. */
export function nameElement(text) {
  const bdi = document.createElement("bdi");
  bdi.dir = "auto";
  bdi.className = "name";
  bdi.textContent = marked(text);
  return bdi;
}

/** Says something in a live region, unless it says so already: it would be read aloud again. */
export function setStatus(id, text) {
  const place = element(id);
  if (place.textContent !== text) place.textContent = text;
}

/** "1 key", "2 keys". */
export const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
