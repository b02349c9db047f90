/**
 * One key, with all that is known of it and all that can be done to it. Its address is #key_...
 *
 * Owns the panel's parts, and that they show the key as it is now: each is filled again when the key has changed.
 */

import { api } from "../data/api.js";
import { Connect } from "../connect/connect.js";
import { copyBlock } from "../dialogs/copy.js";
import { Dialog } from "../dialogs/dialog.js";
import { REPLACED } from "../data/keys.js";
import { whyNotRotate } from "../list/row.js";
import { enabler, whyNotEnable, whyNotManage } from "../words/scopes.js";
import { element, fill, slot } from "../words/text.js";
import { showRotations } from "./rotations.js";
import { showCreated } from "./created.js";
import { Details } from "./details.js";
import { showFacts } from "./facts.js";
import { History } from "./history.js";
import { Usage } from "./usage.js";

export class KeyPanel extends Dialog {
  #keys;
  #id = null;
  #key = null;
  #state;
  #details;
  #usage;
  #history;

  /** `actions` are called with the key: `rotate`, `disable` and `revoke`. */
  constructor(keys, notify, actions) {
    super(element("key"), notify);
    this.#keys = keys;
    this.#details = new Details(slot(this.dialog, "details"), (fields) => this.#save(fields));
    this.#usage = new Usage(slot(this.dialog, "usage"));
    this.#history = new History(slot(this.dialog, "history"), keys);
    keys.addEventListener("change", () => this.#refresh());
    this.dialog.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-do]");
      if (button) actions[button.dataset.do](this.#keys.known(this.#id));
    });
  }

  /** Shows the key with this id. */
  async open(id) {
    this.#id = id;
    this.#key = null;
    const known = this.#keys.known(id);
    super.open(known ? "key" : "loading");
    if (known) this.#show(known);
    try {
      const key = await api.get(id);
      if (this.#id !== id || !this.isOpen) return;
      this.#keys.note(key);
      this.#keys.learn(key, this.session);
      const latest = this.#keys.known(id);
      if (this.#key !== latest) this.#show(latest);
    } catch (error) {
      if (this.#id !== id || !this.isOpen) return;
      if (known) return this.showError(error.message);
      this.show("missing");
      fill(this.dialog, { reason: error.status === 404 ? `${id} is not a key of this organization.` : error.message });
    }
  }

  close() {
    this.#id = null;
    if (location.hash.startsWith("#key_")) history.replaceState(null, "", location.pathname);
    super.close();
  }

  #refresh() {
    const key = this.isOpen && this.#id && this.#keys.known(this.#id);
    if (key && (key !== this.#key || this.#keys.state(key) !== this.#state)) this.#show(key);
  }

  #show(key) {
    const isFirst = this.#key === null;
    this.#key = key;
    this.#state = this.#keys.state(key);
    if (this.view("key").hidden) this.show("key");
    showFacts(this.dialog, key, this.#keys);
    this.#details.show(key, isFirst, whyNotManage(key));
    this.#offer(key);
    showRotations(slot(this.dialog, "rotations"), key, this.#keys, () => this.#key === key);
    if (!isFirst) return;
    slot(this.dialog, "id").replaceChildren(
      copyBlock({ label: "Key ID", text: key.id, button: "Copy ID", done: "ID copied.", isField: true }),
    );
    slot(this.dialog, "connect").replaceChildren(new Connect(key.scopes).element);
    this.#usage.show(key);
    this.#history.show(key);
    showCreated(slot(this.dialog, "created-keys"), key, () => this.#id === key.id);
  }

  /** What can be done to the key, each with what it does, or why it cannot be done. */
  #offer(key) {
    const [verb, participle, effect] = key.disabled
      ? ["Enable", "enabled", "New calls are answered again."]
      : ["Disable", "disabled", `New calls are refused until ${enabler(key.scopes)} enables it.`];
    this.#offerOne("rotate", "rotated", whyNotRotate(key, this.#keys), "A new secret in three steps; both work in between.");
    this.#offerOne("disable", participle, key.disabled ? whyNotEnable(key) : whyNotManage(key), effect);
    this.#offerOne("revoke", "revoked", whyNotManage(key), "New calls are refused at once, for good.");
    slot(this.dialog, "actions").hidden = Boolean(key.revoked_at);
    fill(this.dialog, { rotate: this.#state === REPLACED ? "Continue rotation" : "Rotate", disable: verb });
  }

  #offerOne(name, participle, obstacle, effect) {
    this.dialog.querySelector(`[data-do="${name}"]`).hidden = obstacle !== "";
    fill(this.dialog, { [`${name}-help`]: obstacle ? `Cannot be ${participle} here. ${obstacle}` : effect });
  }

  async #save(fields) {
    const record = await api.change(this.#keys.known(this.#id), fields);
    this.#keys.note(record);
    this.#keys.learn(record, this.session);
  }
}
