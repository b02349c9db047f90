/** Which keys are chosen, to do one thing to all of them. Only what is shown can be chosen. */

import { count, element, setStatus } from "../words/text.js";

export class Selection {
  #chosen = new Set();
  // Whose boxes are ticked.
  #ticked = new Set();
  #boxOf;
  #all = element("choose-all");
  #bar = element("chosen");
  #last = null;

  /** `selectable` answers the keys that can be chosen now, `boxOf` the box of one by its id; `revoke` is called with ids. */
  constructor({ selectable, boxOf, revoke }) {
    this.#boxOf = boxOf;
    this.#all.addEventListener("change", () => {
      this.#chosen = new Set(this.#all.checked ? selectable().map(({ id }) => id) : []);
      this.#mark();
    });
    element("rows").addEventListener("click", ({ target, shiftKey }) => {
      if (!target.matches("input[data-choose]")) return;
      const id = target.closest("tr").dataset.key;
      const ids = shiftKey && this.#last ? between(this.#last, id) : [id];
      for (const one of ids) this.#chosen[target.checked ? "add" : "delete"](one);
      this.#last = id;
      this.#mark();
    });
    element("chosen-clear").addEventListener("click", () => {
      this.clear();
      this.#all.focus();
    });
    element("chosen-revoke").addEventListener("click", () => revoke([...this.#chosen]));
  }

  clear() {
    this.#chosen.clear();
    this.#last = null;
    this.#mark();
  }

  /** What can be chosen has changed. */
  update(selectable) {
    for (const id of this.#chosen) if (!selectable.has(id)) this.#chosen.delete(id);
    this.#all.disabled = selectable.size === 0;
    this.#all.checked = selectable.size > 0 && this.#chosen.size === selectable.size;
    this.#all.indeterminate = this.#chosen.size > 0 && !this.#all.checked;
    this.#mark();
  }

  #mark() {
    const number = this.#chosen.size;
    for (const id of new Set([...this.#ticked, ...this.#chosen])) {
      const box = this.#boxOf(id);
      if (box) box.checked = this.#chosen.has(id);
    }
    this.#ticked = new Set(this.#chosen);
    this.#bar.hidden = number === 0;
    setStatus("chosen-count", number === 0 ? "" : `${count(number, "key")} selected`);
  }
}

/** The ids of the rows on view from one to another. */
function between(one, other) {
  const ids = [...element("rows").querySelectorAll("tr:not([hidden])")]
    .filter((row) => !row.querySelector("input").disabled)
    .map((row) => row.dataset.key);
  const [first, last] = [ids.indexOf(one), ids.indexOf(other)].sort((a, b) => a - b);
  return first < 0 ? [other] : ids.slice(first, last + 1);
}
