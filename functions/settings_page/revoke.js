/** Revoking a key: what it does, and a name to type when somebody may still be using the key. */

import { api, Unanswered } from "./api.js";
import { Modal } from "./modal.js";
import { session } from "./session.js";
import { clone, element, fill, named, shown, slot } from "./text.js";
import { look, need, showUse } from "./use.js";

export class RevokeDialog extends Modal {
  #keys;
  #key;
  #looked;
  #then;
  #check = new NameCheck(this.dialog.querySelector("[data-confirm]"));

  constructor(keys, say) {
    super(element("revoke"), say);
    this.#keys = keys;
    this.view("form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#check.passed()) this.run(event.submitter, () => this.#revoke());
    });
  }

  /** Asks whether to revoke `key`. Once it is done, goes on with `then`; without one, the page says so. */
  open(key, then = null) {
    this.#key = key;
    this.#then = then;
    this.#check.clear();
    fill(this.dialog, { name: key.name, hint: key.hint });
    slot(this.dialog, "self").hidden = !session.is(key);
    this.#show(key.last_used_at);
    super.open("form");
    this.#looked = this.#look(key);
  }

  #show(at) {
    showUse(slot(this.dialog, "used"), at);
    this.#check.demand(this.#key.name, need(at));
    this.settle();
  }

  async #look(key) {
    const now = await look(key);
    if (this.#key === key && now?.last_used_at !== key.last_used_at) this.#show(now?.last_used_at);
  }

  async #revoke() {
    await this.#looked;
    if (!this.#check.passed(true)) return;
    const { name } = this.#key;
    await revoke(this.#keys, this.#key, this.session);
    if (!this.#then) this.tell("Revoked ", named(name), ". New calls with it are refused.");
    this.close();
    this.#then?.();
  }
}

/** Revokes the key; the list knows of it. Signs out when it was the key of this session. */
export async function revoke(keys, key, asked) {
  try {
    keys.learn(await api.revoke(key.id, session.is(key)), asked);
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    await keys.reload();
    const list = keys.error ? "The list could not be read again either" : "The list was read again";
    throw new Unanswered(
      `${error.message} It is unknown whether the key was revoked. ${list}; revoking twice does no harm.`,
    );
  }
  if (session.is(key)) session.end("You revoked the key that you were signed in with. Sign in with another.");
}

/** The field for the name of a key that somebody may still need; nothing for any other. */
export class NameCheck {
  #place;
  #name;

  constructor(place) {
    this.#place = place;
  }

  /** Begins anew: nothing is asked for, and nothing was typed. */
  clear() {
    this.#place.replaceChildren();
  }

  /** Asks for the `name` if there is a `reason` to. What was typed so far stays. */
  demand(name, reason) {
    this.#name = name;
    if (!reason) return this.clear();
    if (!this.#place.hasChildNodes()) this.#place.append(clone("confirm-template"));
    fill(this.#place, { name, reason });
  }

  /** Whether the name was typed, where it is asked for; says so beside the field when not, unless it has just appeared. */
  passed(isNew = false) {
    const field = this.#place.querySelector("input");
    if (!field) return true;
    const passed = typeable(field.value) === typeable(this.#name);
    const wrong = !passed && !(isNew && field.value === "");
    field.setAttribute("aria-invalid", String(wrong));
    this.#place.querySelector(".error").textContent = wrong ? "This is not the key’s name." : "";
    if (!passed) field.focus();
    return passed;
  }
}

/** What a person can type of what is shown: no joiners, one space where there are several. */
const typeable = (name) =>
  shown(name)
    .normalize("NFKC")
    .replace(/\p{DI}/gu, "")
    .replace(/\s+/gu, " ")
    .trim();
