/** Disabling a key, and enabling it: the way back that a revocation does not have. */

import { api } from "../data/api.js";
import { enabler } from "../words/scopes.js";
import { element, fill, nameElement, slot } from "../words/text.js";
import { Dialog } from "./dialog.js";
import { showWarnings } from "./warnings.js";

export class DisableDialog extends Dialog {
  #keys;
  #key;

  constructor(keys, notify) {
    super(element("disable"), notify);
    this.#keys = keys;
    this.view("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.run(event.submitter, () => this.#submit());
    });
  }

  /** Asks whether to disable `key`, or to enable it where it is disabled. */
  open(key) {
    this.#key = key;
    const [verb, effect] = key.disabled
      ? ["Enable", "New calls with this key are answered again."]
      : ["Disable", `Every new call with this key is refused at once, until ${enabler(key.scopes)} enables it again.`];
    fill(this.dialog, { name: key.name, verb, effect });
    const submit = this.dialog.querySelector("[type=submit]");
    submit.textContent = `${verb} key`;
    showWarnings(slot(this.dialog, "warnings"), key.disabled ? { ...key, scopes: [] } : key, () => this.#key === key);
    super.open("form");
  }

  async #submit() {
    const record = await api.change(this.#key, { disabled: !this.#key.disabled });
    this.#keys.learn(record, this.session);
    this.setOutcome(record.disabled ? "Disabled " : "Enabled ", nameElement(record.name), ".");
    this.close();
  }
}
