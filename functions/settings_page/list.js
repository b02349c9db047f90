/**
 * The list on the page.
 *
 * Owns the table, the search, the switch and the paging. Each key has one row, which stays where it is as long as
 * its key is in the list: it is filled anew when what it shows has changed, and a search hides it. So the focus
 * stays, and the work grows with what has changed, not with the length of the list. Must never move a row, nor
 * read the API but through `Keys`.
 */

import { TRACKS_USAGE } from "./deployment.js";
import { ACTIVE, REPLACED, REVOKED } from "./keys.js";
import { session } from "./session.js";
import { clone, element, fill, refreshTimes, shown, showTime, slot } from "./text.js";
import { showUse } from "./use.js";

// A search waits for a pause in the typing, so that no letter waits for the list.
const PAUSE_MS = 80;

// The author of a key that came from a direct invocation.
const IAM = "iam";

const STATE_CLASS = { [ACTIVE]: "active", [REPLACED]: "replaced", [REVOKED]: "revoked" };

export class List {
  #keys;
  // By the key's id: the row, what it shows, and the text that a search looks into.
  #entries = new Map();
  #query = element("query");
  #pause;

  /** `actions` are called with a key: `rotate`, `revoke` and `usage`. */
  constructor(keys, actions) {
    this.#keys = keys;
    keys.addEventListener("change", () => this.#keepFocus(() => this.#update()));
    this.#query.addEventListener("input", () => {
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.#show(), PAUSE_MS);
    });
    element("more").addEventListener("click", () => keys.more());
    element("again").addEventListener("click", () => keys.again());
    element("refresh").addEventListener("click", () => keys.reload());
    element("revoked").addEventListener("change", ({ target }) => {
      keys.includeRevoked = target.checked;
      keys.reload();
    });
    const rows = element("rows");
    rows.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-action]");
      if (button) actions[button.dataset.action](keys.get(button.closest("tr").dataset.key));
    });
    // The browser leaves out what is far from view, and says when that changes.
    rows.addEventListener("contentvisibilityautostatechange", ({ target, skipped }) => {
      if (!skipped) this.#onView(target);
    });
  }

  /** Leaves nothing of one session to the next. */
  reset() {
    clearTimeout(this.#pause);
    this.#query.value = "";
    element("revoked").checked = this.#keys.includeRevoked = false;
    this.#entries.clear();
    element("rows").replaceChildren();
  }

  get #words() {
    return fold(this.#query.value).split(/\s+/u).filter(Boolean);
  }

  /** Does `change`. When it takes away what has the focus, the focus goes to the line that tells what came of it. */
  #keepFocus(change) {
    const held = element("list").contains(document.activeElement);
    change();
    const { activeElement } = document;
    if (held && (activeElement === document.body || activeElement.closest("[hidden]"))) element("count").focus();
  }

  /** Brings the rows up to what is known. */
  #update() {
    const rows = element("rows");
    const keys = this.#keys.all();
    const ids = new Set(keys.map(({ id }) => id));
    for (const [id, { row }] of this.#entries) {
      if (ids.has(id)) continue;
      row.remove();
      this.#entries.delete(id);
    }
    let next = rows.firstElementChild;
    for (const key of keys) {
      const row = this.#row(key);
      if (row === next) next = next.nextElementSibling;
      else rows.insertBefore(row, next);
    }
    this.#show();
  }

  /** Shows what is searched for, and how far the list was read. */
  #show() {
    const { ready, reading, hasMore, complete, error, lacksRevoked } = this.#keys;
    const words = this.#words;
    const searching = words.length > 0;
    let matching = 0;
    for (const { row, text } of this.#entries.values()) {
      const found = words.every((word) => text.includes(word));
      if (row.hidden === found) row.hidden = !found;
      if (found) matching += 1;
    }
    const all = this.#entries.size;
    const alone = all === 0 || (all === 1 && this.#entries.has(session.who?.opened_by));
    const empty = element("empty");
    element("list").setAttribute("aria-busy", String(reading));
    element("list").querySelector("table").hidden = matching === 0;
    empty.hidden = searching || !alone || (reading ? empty.hidden : !complete);
    element("no-match").hidden = !searching || matching > 0 || !complete;
    element("failed").hidden = !error;
    tell("failed-reason", error && `The ${lacksRevoked ? "revoked keys" : "list"} could not be read. ${error}`);
    element("more").hidden = !hasMore || searching || error !== "";
    element("more").setAttribute("aria-disabled", String(reading));
    element("refresh").hidden = !ready || error !== "";
    tell("count", count(matching, all, { ready, reading, hasMore, searching, error }));
    // The API cannot search, so the rest of the list is read as long as something is searched for.
    if (searching && hasMore && !reading && !error) this.#keys.more();
  }

  #row(key) {
    let entry = this.#entries.get(key.id);
    if (!entry) this.#entries.set(key.id, (entry = { row: clone("row-template"), key: null, derived: "" }));
    const state = this.#keys.state(key);
    const { detail, other } = this.#rotation(key);
    const author = this.#keys.author(key.created_by);
    const derived = `${state} ${detail} ${other} ${author?.revoked_at} ${author?.name}`;
    if (entry.key === key && entry.derived === derived) return entry.row;
    Object.assign(entry, { key, derived, text: fold(`${key.name} ${shown(key.name)} ${key.hint} ${key.id}`) });
    const { row } = entry;
    row.dataset.key = key.id;
    row.className = STATE_CLASS[state];
    const rotate = state === REPLACED ? "Continue rotation" : "Rotate";
    fill(row, { name: key.name, hint: key.hint, by: authorName(key, author), state, detail, other, rotate });
    slot(row, "by-revoked").hidden = !author?.revoked_at;
    slot(row, "self").hidden = !session.is(key);
    slot(row, "scopes").replaceChildren(...key.scopes.map(chip));
    showTime(slot(row, "created"), key.created_at);
    showTime(slot(row, "revoked"), key.revoked_at);
    showUse(slot(row, "used"), key.last_used_at);
    for (const button of row.querySelectorAll(".actions button")) button.hidden = state === REVOKED;
    row.querySelector('[data-action="usage"]').hidden = !TRACKS_USAGE;
    return row;
  }

  #onView(row) {
    refreshTimes(row);
    const by = this.#entries.get(row.dataset.key)?.key.created_by;
    if (by?.startsWith("key_") && !session.wasBy(by)) this.#keys.lookUp(by);
  }

  /** The other key of a rotation that is under way, without the prefix that all keys share. */
  #rotation(key) {
    const end = ({ hint }) => hint.slice(hint.lastIndexOf("_") + 1);
    const replacement = this.#keys.replacement(key);
    if (replacement) return { detail: "by", other: end(replacement) };
    const old = key.replaces && this.#keys.get(key.replaces);
    const replaces = old && this.#keys.replacement(old)?.id === key.id && !old.revoked_at;
    return replaces ? { detail: "replaces", other: end(old) } : { detail: "", other: "" };
  }
}

// "another key" until it is known, and for good where it is no key of the organization any more.
function authorName({ created_by: by, created_by_name: name }, author) {
  if (by === IAM) return "an operator";
  return session.wasBy(by) ? "you" : (name ?? author?.name ?? "another key");
}

function chip(scope) {
  const code = document.createElement("code");
  code.className = "chip";
  code.textContent = scope;
  return code;
}

/** Says something in a live region, unless it says so already. */
function tell(id, text) {
  const place = element(id);
  if (place.textContent !== text) place.textContent = text;
}

function count(shown, all, { ready, reading, hasMore, searching, error }) {
  if (reading && !hasMore) return "Reading the list…";
  if (reading) return searching ? "Searching older keys…" : "Reading older keys…";
  if (!ready) return "";
  const total = `${all} ${all === 1 ? "key" : "keys"}`;
  if (searching) return `${shown} of ${total}`;
  if (hasMore) return `The newest ${total}`;
  return error ? `${total}, as read before` : total;
}

const fold = (text) => text.normalize("NFKC").toLocaleLowerCase();
