/** What happened to a key, newest first: who did what, when and from where. */

import { api } from "../data/api.js";
import { personName } from "../words/people.js";
import { marked } from "../words/text.js";
import { exact } from "../words/time.js";

const VERBS = {
  created: "Created",
  changed: "Changed",
  rotated: "Rotated",
  revoked: "Revoked",
  leaked: "Reported as leaked",
  first_used: "First used",
};

export class History {
  #section;
  #keys;
  #id = null;
  // How often a key was shown: the answer to an earlier time is of no use, even where the key is the same.
  #time = 0;
  #cursor = null;

  constructor(section, keys) {
    this.#section = section;
    this.#keys = keys;
    this.#more.addEventListener("click", () => this.#read());
  }

  /** Shows the newest events of `key`. */
  show({ id }) {
    this.#id = id;
    this.#time += 1;
    this.#cursor = null;
    this.#list.replaceChildren();
    this.#section.hidden = false;
    return this.#read();
  }

  get #list() {
    return this.#section.querySelector("ol");
  }

  get #more() {
    return this.#section.querySelector("button");
  }

  async #read() {
    const time = this.#time;
    const status = this.#section.querySelector("[role=status]");
    this.#more.hidden = true;
    status.textContent = "Reading…";
    let text = "";
    try {
      const { events, next_cursor: cursor } = await api.history(this.#id, this.#cursor);
      if (this.#time !== time) return;
      this.#list.append(...events.map((event) => line(event, this.#keys)));
      this.#cursor = cursor;
      this.#more.hidden = cursor === null;
      text = this.#list.children.length === 0 ? "Nothing was recorded." : "";
    } catch (error) {
      text = error.status === 404 ? "No history is kept here." : `The history could not be read. ${error.message}`;
    }
    if (this.#time === time) status.textContent = text;
  }
}

function line({ type, at, by, by_name: name, from, changes, leak }, keys) {
  const item = document.createElement("li");
  const detail = document.createElement("span");
  const who = type === "first_used" ? "" : ` by ${personName(by, name, keys)}`;
  detail.className = "sub";
  detail.textContent = marked(` ${exact(at)}${from ? ` from ${from}` : ""}`);
  item.dir = "auto";
  item.append(marked(`${VERBS[type] ?? type}${who}${described(type, changes)}${leak ? `: ${[leak.source, leak.url].filter(Boolean).join(", ")}` : ""}`), detail);
  return item;
}

/** What differs, for a change: the other events say it by their name. */
function described(type, changes) {
  if (type !== "changed") return "";
  const texts = Object.entries(changes).map(([field, { from, to }]) => `${field.replace(/_/g, " ")} from ${valueText(from)} to ${valueText(to)}`);
  return texts.length === 0 ? "" : `: ${texts.join("; ")}`;
}

function valueText(value) {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(", ") || "nothing" : `“${typeof value === "object" ? Object.keys(value).join(", ") : value}”`;
}
