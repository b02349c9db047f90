/**
 * The list on the page.
 *
 * Owns the table. Each key has one row, which stays as long as its key is in the list: it is filled anew when what
 * it shows has changed, and a filter hides it. So focus and scroll position stay, and the work grows with what has
 * changed, not with the length of the list. Must never read the API but through `Keys`.
 */

import { REVOKED } from "../data/keys.js";
import { count, element, setStatus } from "../words/text.js";
import { refreshTimes } from "../words/time.js";
import { Controls } from "./controls.js";
import { isNarrowed, shows, sorted } from "./criteria.js";
import { Row, isSelectable } from "./row.js";
import { Selection } from "./selection.js";

export class List {
  #keys;
  #rows = new Map();
  #body = element("rows");
  #controls;
  #selection;
  // The row whose button was pressed last.
  #acted = null;

  /** `actions` are called with a key, `rotate` and `revoke`, and `revokeMany` with keys. */
  constructor(keys, actions) {
    this.#keys = keys;
    this.#controls = new Controls(keys, {
      onCriteria: () => this.#keepFocus(() => this.#show()),
      onOrder: () => this.#keepFocus(() => this.#update()),
      shown: (criteria) => new Set([...this.#rows.keys()].filter((id) => this.#isShown(id, criteria))),
    });
    this.#selection = new Selection({
      boxOf: (id) => this.#rows.get(id)?.element.querySelector("input"),
      selectable: () => this.#shownKeys().filter(isSelectable),
      revoke: (ids) => actions.revokeMany(ids.map((id) => keys.get(id)), () => this.#selection.clear()),
    });
    keys.addEventListener("change", () => this.#keepFocus(() => this.#update()));
    element("more").addEventListener("click", () => keys.more());
    element("again").addEventListener("click", () => keys.again());
    element("refresh").addEventListener("click", () => keys.reload());
    this.#body.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-action]");
      if (!button) return;
      this.#acted = button.closest("tr");
      actions[button.dataset.action](keys.get(this.#acted.dataset.key));
    });
    // The browser leaves out what is far from view, and says when that changes.
    this.#body.addEventListener("contentvisibilityautostatechange", ({ target, skipped }) => {
      if (!skipped) refreshTimes(target);
    });
  }

  /** Leaves nothing of one session to the next. */
  reset() {
    this.#controls.reset();
    this.#selection.clear();
    this.#acted = null;
    this.#rows.clear();
    this.#body.replaceChildren();
  }

  /** Puts the focus into the row after the one that was acted on; answers whether there is any. */
  focusNext() {
    const acted = this.#acted;
    this.#acted = null;
    for (let row = acted?.nextElementSibling; row; row = row.nextElementSibling) {
      if (row.hidden) continue;
      row.querySelector("a").focus();
      return true;
    }
    return false;
  }

  #shownKeys() {
    return [...this.#rows].filter(([, { element: row }]) => !row.hidden).map(([id]) => this.#keys.get(id));
  }

  /** Does `change`. The focus stays where it is, or goes to the line that tells what came of it. */
  #keepFocus(change) {
    const focused = document.activeElement;
    const isOurs = element("list").contains(focused);
    change();
    const { activeElement } = document;
    if (!isOurs || activeElement === focused) {
      if (!isOurs || !focused.closest("[hidden]")) return;
    }
    if (focused.isConnected && focused.checkVisibility()) focused.focus({ preventScroll: true });
    else element("count").focus({ preventScroll: true });
  }

  /** Brings the rows up to what is known, and into their order. */
  #update() {
    const keys = sorted(this.#keys.all(), this.#controls.order);
    const ids = new Set(keys.map(({ id }) => id));
    for (const [id, { element: row }] of this.#rows) {
      if (ids.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    let next = this.#body.firstElementChild;
    for (const key of keys) {
      const { element: row } = this.#row(key);
      if (row === next) next = next.nextElementSibling;
      else this.#body.insertBefore(row, next);
    }
    this.#controls.offer(keys, this.#rows);
    this.#hideColumns(keys);
    this.#show();
  }

  #row(key) {
    let row = this.#rows.get(key.id);
    if (!row) this.#rows.set(key.id, (row = new Row()));
    row.update(key, this.#keys);
    return row;
  }

  /** A column that says the same in each row says nothing. */
  #hideColumns(keys) {
    const isSame = (values) => new Set(values).size <= 1;
    element("list").classList.toggle("same-scopes", isSame(keys.map(({ scopes }) => scopes.join(" "))));
    element("list").classList.toggle("same-creator", isSame(keys.map(({ created_by: by }) => by)));
  }

  #isShown(id, criteria) {
    const { state, text } = this.#rows.get(id);
    const isStaying = state === REVOKED && !this.#keys.includeRevoked;
    return shows(criteria, this.#keys.get(id), { state, text, isStaying });
  }

  /** Shows what is asked for, and how far the list was read. */
  #show() {
    const { isReady, isReading, hasMore, isComplete, error, lacksRevoked } = this.#keys;
    const { criteria, order, needsAll } = this.#controls;
    const isFiltered = isNarrowed(criteria);
    let visible = 0;
    for (const [id, row] of this.#rows) {
      const isShown = this.#isShown(id, criteria);
      if (row.element.hidden === isShown) row.element.hidden = !isShown;
      if (isShown) visible += 1;
    }
    const all = this.#rows.size;
    const list = element("list");
    const empty = element("empty");
    list.setAttribute("aria-busy", String(isReading));
    list.querySelector("table").hidden = visible === 0;
    empty.hidden = isFiltered || all > 0 || (isReading ? empty.hidden : !isComplete);
    element("no-match").hidden = !isFiltered || visible > 0 || !isComplete || criteria.ids !== null;
    element("failed").hidden = !error;
    setStatus("failed-reason", error && `The ${lacksRevoked ? "revoked keys" : "list"} could not be read. ${error}`);
    element("more").hidden = !hasMore || needsAll || error !== "";
    element("more").setAttribute("aria-disabled", String(isReading));
    element("refresh").hidden = !isReady || error !== "";
    element("foot").hidden = !isReady && !isReading;
    setStatus("count", summary(visible, all, { isReady, isReading, hasMore, isFiltered, needsAll, error, order }));
    this.#selection.update(new Set(this.#shownKeys().filter(isSelectable).map(({ id }) => id)));
    // The rest of the list is read as long as something is asked for that it may hold.
    if (needsAll && hasMore && !isReading && !error) this.#keys.more();
  }
}

function summary(visible, all, { isReady, isReading, hasMore, isFiltered, needsAll, error }) {
  if (isReading && !hasMore) return "Reading the list…";
  if (isReading) return needsAll ? "Searching older keys…" : "Reading older keys…";
  if (!isReady) return "";
  const total = count(all, "key");
  if (isFiltered) return `${visible} of ${total}`;
  if (error) return `${total}, as read before`;
  return hasMore ? `The newest ${total}` : total;
}
