/** Revoking a key: what it does, and a name to type when somebody may still be using the key. */

import { api, Unanswered } from "../data/api.js";
import { session } from "../data/session.js";
import { readNow, showLastUse, whyNeeded } from "../words/last_use.js";
import { element, fill, nameElement, slot } from "../words/text.js";
import { Dialog } from "./dialog.js";
import { NameCheck } from "./name_check.js";
import { showWarnings } from "./warnings.js";

export class RevokeDialog extends Dialog {
  #keys;
  #key;
  #use;
  #next;
  #check = new NameCheck(this.dialog.querySelector("[data-confirm]"));

  constructor(keys, notify) {
    super(element("revoke"), notify);
    this.#keys = keys;
    this.view("form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#check.passed()) this.run(event.submitter, () => this.#submit());
    });
  }

  /** Asks whether to revoke `key`. Once it is done, goes on with `next`; without one, the page says so. */
  open(key, next = null) {
    this.#key = key;
    this.#next = next;
    this.#check.clear();
    fill(this.dialog, { name: key.name, hint: key.hint });
    showWarnings(slot(this.dialog, "warnings"), key, () => this.#key === key);
    this.#showUse(key.last_used_at);
    super.open("form");
    this.#use = this.#readUse(key);
  }

  #showUse(at) {
    showLastUse(slot(this.dialog, "used"), at);
    this.#check.demand(this.#key.name, whyNeeded(at));
    this.settle();
  }

  async #readUse(key) {
    const now = await readNow(key);
    if (this.#key === key && now?.last_used_at !== key.last_used_at) this.#showUse(now?.last_used_at);
  }

  async #submit() {
    await this.#use;
    if (!this.#check.passed(true)) return;
    const { name } = this.#key;
    await endKey(this.#keys, this.#key, this.session);
    if (!this.#next) this.setOutcome("Revoked ", nameElement(name), ". New calls with it are refused.");
    this.close();
    this.#next?.();
  }
}

/** Revokes the key; the list knows of it, and so does the session, in case that the key had opened it. */
export async function endKey(keys, key, asked) {
  let record;
  try {
    record = await api.revoke(key);
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    await keys.reload();
    const list = keys.error ? "The list could not be read again either" : "The list was read again";
    throw new Unanswered(
      `${error.message} It is unknown whether the key was revoked. ${list}; revoking twice does no harm.`,
    );
  }
  keys.learn(record, asked);
  session.revoked(record);
}
