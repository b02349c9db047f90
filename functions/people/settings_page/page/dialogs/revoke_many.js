/**
 * Revoking many keys at once: their names, how many there are to be typed, and what became of each.
 *
 * Owns that as many calls are under way as the API takes without refusing others, and that one that fails stops
 * no other: those that are left can be tried again.
 */

import { session } from "../data/session.js";
import { isInUse, showLastUse } from "../words/last_use.js";
import { clone, count, element, fill, slot } from "../words/text.js";
import { Dialog } from "./dialog.js";
import { NameCheck } from "./name_check.js";
import { endKey } from "./revoke.js";

const AT_ONCE = 4;

export class RevokeManyDialog extends Dialog {
  #keys;
  #left = [];
  #then;
  #use;
  #check = new NameCheck(this.dialog.querySelector("[data-confirm]"), "This is not the number of keys.");

  constructor(keys, notify) {
    super(element("revoke-many"), notify);
    this.#keys = keys;
    this.view("form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#check.passed()) this.run(event.submitter, () => this.#submit());
    });
  }

  /** Asks whether to revoke these keys; `then` is called once they are. */
  open(chosen, then) {
    this.#left = chosen;
    this.#then = then;
    this.#check.clear();
    this.#list();
    super.open("form");
    this.#use = this.#readUse(chosen);
  }

  #list() {
    const used = this.#left.filter(isInUse).length;
    this.#warn(used > 0 && `${used} of them ${used === 1 ? "was" : "were"} used within the last 7 days.`);
    fill(this.dialog, { number: count(this.#left.length, "key") });
    slot(this.dialog, "keys").replaceChildren(...this.#left.map(line));
    this.#check.demand(String(this.#left.length), "This number of keys stops working at once, and for good.");
  }

  // The list may have been read long ago. What was used since comes to the top.
  async #readUse(chosen) {
    await this.#keys.reload();
    if (this.#left !== chosen) return;
    if (this.#keys.error) return this.#warn("Whether they were used in the meantime could not be read.");
    const now = this.#left.map(({ id }) => this.#keys.get(id)).filter((key) => key && !key.revoked_at);
    this.#left = now.sort((one, other) => isInUse(other) - isInUse(one));
    this.#list();
    this.settle();
  }

  #warn(text) {
    const warning = slot(this.dialog, "in-use");
    warning.hidden = !text;
    warning.textContent = text || "";
  }

  async #submit() {
    await this.#use;
    if (!this.#check.passed(true)) return;
    const all = this.#left.length;
    const failed = [];
    const waiting = [...this.#left];
    const progress = slot(this.dialog, "progress");
    const work = async () => {
      for (let key = waiting.shift(); key && session.isOpen; key = waiting.shift()) {
        await endKey(this.#keys, key, this.session).catch((error) => failed.push([key, error]));
        progress.textContent = `${all - waiting.length} of ${all}`;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    progress.textContent = "";
    const revoked = all - failed.length;
    if (failed.length > 0) {
      this.#left = failed.map(([key]) => key);
      this.#check.clear();
      this.#list();
      this.showError(`${count(revoked, "key")} revoked. The others were not: ${failed[0][1].message}`);
      return;
    }
    this.setOutcome(`Revoked ${count(revoked, "key")}. New calls with them are refused.`);
    this.close();
    this.#then();
  }
}

function line(key) {
  const item = clone("chosen-template");
  fill(item, { name: key.name, hint: key.hint });
  showLastUse(slot(item, "used"), key.last_used_at);
  return item;
}
