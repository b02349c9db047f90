/**
 * Rotating a key, in three steps: create the replacement, update the client, revoke the old key.
 *
 * Which step a rotation is at follows from the two keys alone, so it can be left and taken up again at any time,
 * by anybody.
 */

import { api, Unanswered } from "./api.js";
import { Modal } from "./modal.js";
import { NameCheck, revoke } from "./revoke.js";
import { whyNot } from "./scopes.js";
import { Secret } from "./secret.js";
import { element, fill, named, showTime, slot } from "./text.js";
import { advice, showUse } from "./use.js";

const STEPS = ["create", "update", "revoke"];

export class RotateDialog extends Modal {
  #keys;
  #say;
  #revokeReplacement;
  #old;
  #new;
  #check = new NameCheck(this.dialog.querySelector("[data-confirm]"));

  /** `revokeReplacement` is called with the replacement when its secret was lost. */
  constructor(keys, say, revokeReplacement) {
    super(element("rotate"));
    this.#keys = keys;
    this.#say = say;
    this.#revokeReplacement = revokeReplacement;
    const actions = {
      create: (button) => this.run(button, () => this.#create()),
      next: () => this.unlessLost(() => this.#compare(), "Go on without copying"),
      back: () => this.#step("update"),
      look: (button) => this.run(button, () => this.#look()),
      lost: () => this.#lost(),
    };
    this.dialog.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-do]");
      if (button) actions[button.dataset.do](button);
    });
    this.view("revoke").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#check.passed()) this.run(event.submitter, () => this.#revoke());
    });
  }

  /** Begins a rotation of `key`, or goes on with the one that is under way. */
  open(key) {
    this.#check.clear();
    this.#old = key;
    this.#new = this.#keys.replacement(key);
    const obstacle = this.#new ? "" : whyNot(key.scopes);
    const step = obstacle ? "denied" : this.#new ? "update" : "create";
    fill(this.dialog, { name: key.name, denied: `The replacement would need the same scopes. ${obstacle}` });
    super.open(step);
    this.#step(step);
  }

  #step(step) {
    const at = STEPS.indexOf(step);
    element("rotate-steps").hidden = at < 0;
    [...element("rotate-steps").children].forEach((item, index) => {
      item.toggleAttribute("data-done", index < at);
      if (index === at) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
    fill(this.dialog, { old: this.#old.hint, new: this.#new?.hint ?? "" });
    for (const place of ["resumed", "lost"]) slot(this.dialog, place).hidden = this.secret !== null;
    showTime(slot(this.dialog, "since"), this.#new?.created_at);
    this.show(step);
  }

  async #create() {
    let created;
    try {
      created = await api.rotate(this.#old.id);
    } catch (error) {
      if (!(error instanceof Unanswered) && error.status !== 409) throw error;
      await this.#recover(error);
      return;
    }
    const { secret, ...record } = created;
    this.#replaced(record);
    this.#say(
      "Created a replacement for ",
      named(record.name),
      ". Both keys work until you revoke the old one.",
    );
    this.secret = new Secret(this.view("update"), created);
    this.#step("update");
  }

  #replaced(replacement) {
    this.#new = replacement;
    this.#old = { ...this.#old, replaced_by: replacement.id };
    this.#keys.learn(replacement);
    this.#keys.learn(this.#old);
  }

  /** The answer was lost, or somebody else was faster: the keys themselves tell where the rotation is. */
  async #recover(error) {
    const lost = error instanceof Unanswered;
    await this.#keys.reload();
    const [old, replacement] = await this.#lookUp().catch(() => []);
    if (!old) {
      throw new Unanswered(
        `${error.message} It is unknown whether a replacement was created. Close this, and open it again from the list later: it goes on from where the rotation is.`,
      );
    }
    this.#keys.learn(old);
    if (old.revoked_at || !replacement || replacement.revoked_at) {
      throw lost ? new Unanswered(`${error.message} No replacement was created. Try again.`) : error;
    }
    this.#replaced(replacement);
    this.#step("update");
    this.alert(
      error.message,
      lost ? " The replacement was created, but its secret was lost on the way." : "",
    );
  }

  async #lookUp() {
    const old = await api.get(this.#old.id);
    return [old, old.replaced_by && (await api.get(old.replaced_by))];
  }

  async #compare() {
    this.#step("revoke");
    this.#showUse();
    await this.run(this.view("revoke").querySelector('[data-do="look"]'), () => this.#look());
  }

  /** Reads both keys anew. */
  async #look() {
    const [old, replacement] = await Promise.all([api.get(this.#old.id), api.get(this.#new.id)]);
    this.#old = old;
    this.#new = replacement;
    this.#keys.learn(old);
    this.#keys.learn(replacement);
    this.#showUse();
  }

  #showUse() {
    const [old, replacement] = [this.#old.last_used_at, this.#new.last_used_at];
    showUse(slot(this.dialog, "old-used"), old);
    showUse(slot(this.dialog, "new-used"), replacement);
    const { text, fine } = advice(old, replacement);
    fill(this.dialog, { advice: text });
    element("advice").className = fine ? "fine" : "warning";
    this.#check.demand(this.#old);
  }

  async #revoke() {
    const { name } = this.#old;
    await revoke(this.#keys, this.#old);
    this.close();
    this.#say("Rotated ", named(name), ". The old key is revoked.");
  }

  #lost() {
    this.close();
    this.#revokeReplacement(this.#new);
  }
}
