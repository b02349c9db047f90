/** A name, or a number, to type before what somebody may still need is ended. */

import { clone, fill, typeable } from "../words/text.js";

export class NameCheck {
  #place;
  #wanted;
  #wrong;

  /** `wrong` is what is said of another text. */
  constructor(place, wrong = "This is not the key’s name.") {
    this.#place = place;
    this.#wrong = wrong;
  }

  /** Begins anew: nothing is asked for, and nothing was typed. */
  clear() {
    this.#place.replaceChildren();
  }

  /** Asks for `wanted` if there is a `reason` to. What was typed so far stays. */
  demand(wanted, reason) {
    this.#wanted = wanted;
    if (!reason) return this.clear();
    if (!this.#place.hasChildNodes()) this.#place.append(clone("confirm-template"));
    fill(this.#place, { wanted, reason });
  }

  /** Whether it was typed, where it is asked for; says so beside the field when not, unless it has just appeared. */
  passed(isNew = false) {
    const field = this.#place.querySelector("input");
    if (!field) return true;
    const passed = typeable(field.value) === typeable(this.#wanted);
    const isWrong = !passed && !(isNew && field.value === "");
    field.setAttribute("aria-invalid", String(isWrong));
    this.#place.querySelector(".error").textContent = isWrong ? this.#wrong : "";
    if (!passed) field.focus();
    return passed;
  }
}
