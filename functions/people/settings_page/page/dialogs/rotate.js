/**
 * Rotating a key, in three steps: create the replacement, update the client, revoke the old key.
 *
 * Which step a rotation is at follows from the two keys alone, so it can be left and taken up again at any time,
 * by anybody. The client counts as updated once the new key was seen in use. Must never revoke the old key where
 * the new one does not work.
 */

import { api, Refused, Unanswered } from "../data/api.js";
import { advice, arrival, readNow, showLastUse, whyNeeded } from "../words/last_use.js";
import { element, fill, nameElement, slot, slots } from "../words/text.js";
import { showTime } from "../words/time.js";
import { NameCheck } from "./name_check.js";
import { endKey } from "./revoke.js";
import { markSteps } from "./rotation_steps.js";
import { SecretDialog } from "./secret.js";

export class RotateDialog extends SecretDialog {
  #keys;
  #revokeReplacement;
  #old;
  #new;
  #check = new NameCheck(this.dialog.querySelector("[data-confirm]"));

  /** `revokeReplacement` is called when a secret was lost, with the replacement and with how to go on. */
  constructor(keys, notify, revokeReplacement) {
    super(element("rotate"), notify);
    this.#keys = keys;
    this.#revokeReplacement = revokeReplacement;
    const actions = {
      create: (button) => this.run(button, () => this.#create()),
      next: () => this.unlessLost(() => this.#compare(), "Go on without copying"),
      back: () => this.#step("update"),
      check: (button) => this.run(button, () => this.#readUse()),
      restart: () => this.#restart(),
    };
    this.dialog.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-do]");
      if (button) actions[button.dataset.do](button);
    });
    this.view("revoke").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#check.passed()) this.run(event.submitter, () => this.#submit());
    });
  }

  /** Begins a rotation of `key`, or goes on with the one that is under way. */
  open(key) {
    this.#check.clear();
    this.#old = key;
    this.#new = this.#keys.replacement(key);
    const step = this.#new ? "update" : "create";
    fill(this.dialog, { name: key.name });
    super.open(step);
    this.#step(step);
  }

  #step(view) {
    this.#markSteps(view);
    fill(this.dialog, { old: this.#old.hint, new: this.#new?.hint ?? "" });
    slot(this.dialog, "fresh").hidden = !this.hasSecret;
    slot(this.dialog, "resumed").hidden = this.hasSecret;
    for (const place of slots(this.dialog, "since")) showTime(place, this.#new?.created_at);
    this.show(view);
  }

  #markSteps(view) {
    markSteps(element("rotate-steps"), view, [Boolean(this.#new), Boolean(this.#new?.last_used_at), view === "end"]);
    fill(this.dialog, { arrival: arrival(this.#new?.last_used_at) });
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
    this.setOutcome(
      "Created a replacement for ",
      nameElement(record.name),
      ". Both keys work until you revoke the old one.",
    );
    this.showSecret(this.view("update"), created);
    this.#step("update");
  }

  #replaced(replacement) {
    this.#new = replacement;
    const { id, created_at: at, created_by: by, created_by_name: name } = replacement;
    this.#old = { ...this.#old, replaced_by: id, changed_at: at, changed_by: by, changed_by_name: name };
    this.#learn(this.#old, this.#new);
  }

  #learn(...keys) {
    for (const key of keys) if (key) this.#keys.learn(key, this.session);
  }

  /** The answer was lost, or somebody else was faster: the keys themselves tell where the rotation is. */
  async #recover(error) {
    const lost = error instanceof Unanswered ? `${error.message} ` : "";
    await this.#keys.reload();
    const [old, replacement] = await this.#bothKeys().catch(() => []);
    if (!old) {
      const outcome = lost
        ? `${lost}It is unknown whether a replacement was created.`
        : "The key is revoked, or being replaced already.";
      throw new Unanswered(
        `${outcome} Close this, and open it again from the list later: it goes on from where the rotation is.`,
      );
    }
    this.#learn(old, replacement);
    const isActive = replacement && !replacement.revoked_at;
    if (old.revoked_at && !isActive)
      throw new Refused(409, `${old.hint} is revoked, so it cannot be rotated. Create a new key instead.`);
    if (!isActive)
      throw new Unanswered(`${lost}There is no replacement so far. Try again: there will never be two.`);
    this.#replaced(replacement);
    if (old.revoked_at) return this.#end(old, replacement);
    this.#step(lost ? "lost" : "update");
    this.showError(lost || `${old.hint} is already being replaced, by ${replacement.hint}.`);
  }

  async #bothKeys() {
    const old = await api.get(this.#old.id);
    return [old, old.replaced_by && (await api.get(old.replaced_by))];
  }

  async #compare() {
    for (const place of ["old-used", "new-used"]) showTime(slot(this.dialog, place), null, "…");
    fill(this.dialog, { advice: "" });
    this.#step("revoke");
    await this.run(this.view("revoke").querySelector('[data-do="check"]'), () => this.#readUse());
  }

  /** Reads both keys anew; answers whether the new one works and the old one does, null where that is unknown. */
  async #readUse() {
    const [old, replacement] = await Promise.all([readNow(this.#old), readNow(this.#new)]);
    this.#learn(old, replacement);
    if (replacement) this.#new = replacement;
    if (old?.revoked_at) this.#end(old, this.#new);
    else if (replacement?.revoked_at) this.#fallBack(replacement);
    else this.#showUse(old?.last_used_at, replacement?.last_used_at);
    return !old?.revoked_at && (replacement && !replacement.revoked_at);
  }

  #showUse(old, replacement) {
    showLastUse(slot(this.dialog, "old-used"), old);
    showLastUse(slot(this.dialog, "new-used"), replacement);
    const { text, fine } = advice(old, replacement);
    fill(this.dialog, { advice: text });
    element("advice").className = fine ? "fine" : "warning";
    this.#markSteps(this.view("revoke").hidden ? "update" : "revoke");
    this.#check.demand(this.#old.name, whyNeeded(old));
  }

  async #submit() {
    const works = await this.#readUse();
    if (works === null)
      throw new Refused(0, "Whether the new key still works could not be read, so nothing was revoked. Try again.");
    if (!works || !this.#check.passed(true)) return;
    const { name } = this.#old;
    await endKey(this.#keys, this.#old, this.session);
    this.setOutcome("Rotated ", nameElement(name), ". The old key is revoked.");
    this.close();
  }

  /** Somebody else has revoked the old key. */
  #end({ hint: old }, { hint, revoked_at: neither }) {
    this.setOutcome();
    fill(this.dialog, {
      end: neither ? "Both keys are revoked" : "The old key is revoked",
      outcome: neither
        ? `Neither ${old} nor its replacement ${hint} works any more. Create a new key instead.`
        : `${old} was revoked already, so the rotation is done: ${hint} has taken its place.`,
    });
    this.#step("end");
  }

  /** Somebody else has revoked the replacement. */
  #fallBack({ hint }) {
    this.setOutcome();
    this.wipe();
    this.#new = null;
    this.#step("create");
    this.showError(`Someone has revoked the replacement ${hint}. The old key still works; create another replacement.`);
  }

  #restart() {
    const [old, replacement] = [this.#old, this.#new];
    this.setOutcome();
    this.close();
    this.#revokeReplacement(replacement, () => this.open(old));
  }
}
