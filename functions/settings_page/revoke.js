/** Revoking a key: what it does, and a name to type when somebody may still be using the key. */

import { api, Unanswered } from "./api.js";
import { Modal } from "./modal.js";
import { session } from "./session.js";
import { clone, element, fill, named, showTime, slot } from "./text.js";
import { showUse } from "./use.js";

// A key that was used within a week has a client that will notice.
const RECENT_MS = 7 * 86_400_000;

export class RevokeDialog extends Modal {
  #keys;
  #say;
  #key;
  #check = new NameCheck(this.dialog.querySelector("[data-confirm]"));

  constructor(keys, say) {
    super(element("revoke"));
    this.#keys = keys;
    this.#say = say;
    this.view("form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#check.passed()) this.run(event.submitter, () => this.#revoke());
    });
  }

  open(key) {
    this.#check.clear();
    this.#show(key);
    super.open("form");
    this.#look(key);
  }

  #show(key) {
    this.#key = key;
    fill(this.dialog, { name: key.name, hint: key.hint });
    showUse(slot(this.dialog, "used"), key.last_used_at);
    slot(this.dialog, "self").hidden = !session.is(key);
    this.#check.demand(key);
  }

  /** The list may have been read long ago. Where the key cannot be read now, what the list says must do. */
  async #look(key) {
    const now = await api.get(key.id).catch(() => key);
    if (this.#key === key && now.last_used_at !== key.last_used_at) this.#show(now);
  }

  async #revoke() {
    const { name } = this.#key;
    await revoke(this.#keys, this.#key);
    this.close();
    this.#say("Revoked ", named(name), ". New calls with it are refused.");
  }
}

/** Revokes the key; the list knows of it. Signs out when it was the key of this session. */
export async function revoke(keys, key) {
  try {
    keys.learn(await api.revoke(key.id));
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    await keys.reload();
    throw new Unanswered(
      `${error.message} It is unknown whether the key was revoked. The list was read again; revoking twice does no harm.`,
    );
  }
  if (session.is(key)) session.end("You revoked the key that you were signed in with. Sign in with another.");
}

/** The field for the name of a key that was used recently; nothing for any other. */
export class NameCheck {
  #place;
  #key;

  constructor(place) {
    this.#place = place;
  }

  /** Begins anew: nothing is asked for, and nothing was typed. */
  clear() {
    this.#place.replaceChildren();
  }

  /** Asks for the name of `key`, as of now. What was typed so far stays. */
  demand(key) {
    this.#key = key;
    if (!key.last_used_at || Date.now() - Date.parse(key.last_used_at) > RECENT_MS) return;
    if (!this.#place.hasChildNodes()) this.#place.append(clone("confirm-template"));
    fill(this.#place, { name: key.name });
    showTime(slot(this.#place, "used"), key.last_used_at);
  }

  /** Whether the name was typed, where it is asked for; says so beside the field when not. */
  passed() {
    const field = this.#place.querySelector("input");
    if (!field) return true;
    const passed = typeable(field.value) === typeable(this.#key.name);
    field.setAttribute("aria-invalid", String(!passed));
    this.#place.querySelector(".error").textContent = passed ? "" : "This is not the key’s name.";
    if (!passed) field.focus();
    return passed;
  }
}

/** What a person can type of a name: no invisible characters, one space where there are several. */
const typeable = (name) =>
  name
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .replace(/\s+/gu, " ")
    .trim();
