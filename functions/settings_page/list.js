/**
 * The list on the page.
 *
 * Owns the table, the search, the switch and the paging. A row stays the same element as long as its key is
 * shown, so that focus stays where it is when the list changes.
 */

import { TRACKS_USAGE } from "./deployment.js";
import { ACTIVE, REPLACED, REVOKED } from "./keys.js";
import { session } from "./session.js";
import { clone, element, fill, showTime, slot } from "./text.js";
import { showUse } from "./use.js";

const STATE_CLASS = { [ACTIVE]: "active", [REPLACED]: "replaced", [REVOKED]: "revoked" };

export class List {
  #keys;
  #rows = new Map();
  #query = element("query");

  /** `actions` are called with a key: `rotate`, `revoke` and `usage`. */
  constructor(keys, actions) {
    this.#keys = keys;
    keys.addEventListener("change", () => this.#render());
    this.#query.addEventListener("input", () => this.#search());
    element("more").addEventListener("click", () => keys.more());
    element("again").addEventListener("click", async () => {
      await (keys.ready ? keys.more() : keys.reload());
      this.#search();
    });
    element("revoked").addEventListener("change", ({ target }) => {
      keys.includeRevoked = target.checked;
      keys.reload();
    });
    element("rows").addEventListener("click", ({ target }) => {
      const button = target.closest("[data-action]");
      if (button) actions[button.dataset.action](keys.get(button.closest("tr").dataset.key));
    });
  }

  /** Leaves nothing of one session to the next. */
  reset() {
    this.#query.value = "";
    element("revoked").checked = this.#keys.includeRevoked = false;
    this.#rows.clear();
    element("rows").replaceChildren();
  }

  /** The API cannot search, so the rest of the list is read as long as something is searched for. */
  async #search() {
    this.#render();
    while (this.#words.length > 0 && this.#keys.hasMore && !this.#keys.error) await this.#keys.more();
  }

  get #words() {
    return fold(this.#query.value).split(/\s+/u).filter(Boolean);
  }

  #render() {
    const { ready, reading, hasMore, error } = this.#keys;
    const all = this.#keys.all();
    const words = this.#words;
    const shown = all.filter((key) => matches(key, words));
    const searching = words.length > 0;
    element("rows").replaceChildren(...shown.map((key) => this.#row(key)));
    element("list").setAttribute("aria-busy", String(reading));
    element("list").querySelector("table").hidden = shown.length === 0;
    element("empty").hidden = !ready || searching || hasMore || all.some((key) => !session.is(key));
    element("no-match").hidden = !searching || shown.length > 0 || reading || hasMore;
    element("no-match").textContent = "No key’s name or hint holds this.";
    element("failed").hidden = !error;
    element("failed-reason").textContent = error && `The list could not be read. ${error}`;
    element("more").hidden = !hasMore || searching || error !== "";
    element("more").setAttribute("aria-disabled", String(reading));
    element("count").textContent = count(shown.length, all.length, { ready, reading, hasMore, searching });
  }

  #row(key) {
    const row = this.#rows.get(key.id) ?? clone("row-template");
    this.#rows.set(key.id, row);
    const state = this.#keys.state(key);
    const replacement = this.#keys.replacement(key);
    row.dataset.key = key.id;
    row.className = STATE_CLASS[state];
    fill(row, {
      name: key.name,
      hint: key.hint,
      by: this.#author(key),
      state,
      detail: this.#detail(key),
      rotate: replacement ? "Continue rotation" : "Rotate",
    });
    slot(row, "self").hidden = !session.is(key);
    slot(row, "scopes").replaceChildren(...key.scopes.map(chip));
    showTime(slot(row, "created"), key.created_at);
    showUse(slot(row, "used"), key.last_used_at);
    for (const button of row.querySelectorAll("button")) button.hidden = state === REVOKED;
    if (!TRACKS_USAGE) row.querySelector('[data-action="usage"]').hidden = true;
    return row;
  }

  /** The other key of a rotation that is under way, without the prefix that all keys share. */
  #detail(key) {
    const end = ({ hint }) => hint.slice(hint.lastIndexOf("_") + 1);
    const replacement = this.#keys.replacement(key);
    if (replacement) return `by ${end(replacement)}`;
    const old = key.replaces && this.#keys.get(key.replaces);
    return old && this.#keys.replacement(old)?.id === key.id && !old.revoked_at ? `replaces ${end(old)}` : "";
  }

  #author({ created_by: by }) {
    return by === "iam" ? "an operator" : by === session.key?.id ? "you" : (this.#keys.get(by)?.name ?? by);
  }
}

function chip(scope) {
  const code = document.createElement("code");
  code.className = "chip";
  code.textContent = scope;
  return code;
}

function count(shown, all, { ready, reading, hasMore, searching }) {
  if (reading && !ready) return "Reading the list…";
  if (reading) return searching ? `Searching: ${all} keys so far…` : "Reading older keys…";
  if (!ready) return "";
  const total = `${all} ${all === 1 ? "key" : "keys"}`;
  if (searching) return `${shown} of ${total}`;
  return hasMore ? `The newest ${total}` : total;
}

const fold = (text) => text.normalize("NFKC").toLocaleLowerCase();

const matches = (key, words) => {
  const text = fold(`${key.name} ${key.hint} ${key.id}`);
  return words.every((word) => text.includes(word));
};
