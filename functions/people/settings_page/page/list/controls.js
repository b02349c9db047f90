/**
 * What stands above the list: the search, the filters, the order, and the list as CSV.
 *
 * Owns these fields, and answers what they ask for as criteria. A search waits for a pause in the typing, so that
 * no letter waits for the list.
 */

import { TRACKS_USAGE } from "../data/deployment.js";
import { scopeName } from "../words/scopes.js";
import { hintIn, keyIdsIn } from "../words/secret_format.js";
import { element, marked } from "../words/text.js";
import { EVERYTHING, isNarrowed, wantsRevoked } from "./criteria.js";
import { Pasted } from "./pasted.js";
import { fold } from "./row.js";
import { saveTable } from "./table.js";

const PAUSE_MS = 80;

export class Controls {
  #keys;
  #onCriteria;
  #onOrder;
  #pause;
  #query = element("query");
  #filters = ["state", "scope", "creator", "unused"].map((name) => element(`filter-${name}`));
  #pasted;

  criteria = EVERYTHING;
  order = { by: "created", isReversed: false };

  /**
   * `onCriteria` is called when other keys are asked for, `onOrder` when another order is. `shown` answers the ids of
   * the keys that criteria show.
   */
  constructor(keys, { onCriteria, onOrder, shown }) {
    this.#keys = keys;
    this.#onCriteria = onCriteria;
    this.#onOrder = onOrder;
    this.#pasted = new Pasted(keys, this.#query);
    this.#query.addEventListener("input", () => {
      this.#pasted.read();
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.#read(), PAUSE_MS);
    });
    for (const filter of this.#filters) filter.addEventListener("change", () => this.#read());
    element("filters-clear").addEventListener("click", () => {
      for (const filter of this.#filters) filter.value = "";
      this.#query.value = "";
      this.#pasted.read();
      this.#read();
      this.#query.focus();
    });
    for (const button of document.querySelectorAll("[data-sort]")) {
      button.addEventListener("click", () => this.#sort(button.dataset.sort));
    }
    element("table").addEventListener("click", ({ target }) => saveTable(target, this.criteria, keys, shown));
    element("filter-unused").disabled = !TRACKS_USAGE;
    if (!TRACKS_USAGE) element("filter-unused").options[0].text = "Not known";
  }

  /** Whether the whole list has to be read for what is asked for. */
  get needsAll() {
    const { by, isReversed } = this.order;
    return by !== "created" || isReversed || (isNarrowed(this.criteria) && this.criteria.ids === null);
  }

  reset() {
    clearTimeout(this.#pause);
    for (const filter of this.#filters) filter.value = "";
    this.#query.value = "";
    this.#pasted.read();
    this.#keys.includeRevoked = false;
    this.criteria = EVERYTHING;
    this.#setOrder({ by: "created", isReversed: false });
    element("filters-clear").hidden = true;
  }

  /** Lets the filters offer what the keys have; `rows` are theirs, by id. */
  offer(keys, rows) {
    setOptions(element("filter-scope"), new Map(keys.flatMap(({ scopes }) => scopes.map((one) => [one, scopeName(one)]))));
    setOptions(element("filter-creator"), new Map(keys.map((key) => [key.created_by, rows.get(key.id).creator])));
  }

  #read() {
    const [state, scope, creator, unused] = this.#filters.map((filter) => filter.value);
    const text = this.#query.value;
    const ids = keyIdsIn(text);
    this.criteria = {
      words: ids.length > 0 ? [] : fold(hintIn(text) ?? text).split(/\s+/u).filter(Boolean),
      ids: ids.length > 0 ? new Set(ids) : null,
      ...{ state, scope, creator, unused },
    };
    element("filters-clear").hidden = !isNarrowed(this.criteria) && state === "";
    if (this.#keys.includeRevoked !== wantsRevoked(state)) {
      this.#keys.includeRevoked = wantsRevoked(state);
      this.#keys.reload();
    }
    this.#onCriteria();
  }

  #sort(by) {
    this.#setOrder({ by, isReversed: this.order.by === by && !this.order.isReversed });
    this.#onOrder();
  }

  #setOrder(order) {
    this.order = order;
    for (const button of document.querySelectorAll("[data-sort]")) {
      const header = button.closest("th");
      const isFirst = button.dataset.sort === order.by;
      const isAscending = (order.by === "name") !== order.isReversed;
      if (isFirst) header.ariaSort = isAscending ? "ascending" : "descending";
      else header.removeAttribute("aria-sort");
    }
  }
}

/**
 * Offers these values, with their names, after the first option, which asks nothing. What is chosen stays, even if no
 * key has it any more: a list that widened by itself would offer to revoke what nobody asked for.
 */
function setOptions(select, values) {
  const [chosen] = select.selectedOptions;
  if (chosen.value && !values.has(chosen.value)) values.set(chosen.value, chosen.textContent);
  const wanted = [...values].map(([value, name]) => [value, marked(name)]).sort(([, a], [, b]) => (a > b) - (a < b));
  const offered = [...select.options].slice(1);
  const isSame =
    offered.length === wanted.length &&
    offered.every(({ value, text }, index) => value === wanted[index][0] && text === wanted[index][1]);
  if (isSame) return;
  select.replaceChildren(select.options[0], ...wanted.map(([value, name]) => new Option(name, value)));
  select.value = chosen.value;
}
