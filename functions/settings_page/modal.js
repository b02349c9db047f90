/**
 * A dialog that asks one thing at a time.
 *
 * Owns what all dialogs share: one view at a time, one call at a time, errors next to the button that caused
 * them, and the refusal to close while a call is under way or a secret has neither been copied nor given up.
 */

import { Refused, Unanswered } from "./api.js";
import { clone } from "./text.js";

export class Modal {
  #busy = false;
  #shown = false;
  #question = null;

  /** The secret that is being shown, or null. */
  secret = null;

  constructor(dialog) {
    this.dialog = dialog;
    dialog.addEventListener("click", ({ target }) => {
      if (target.closest("[data-dismiss]")) this.dismiss();
    });
    // Escape asks, it does not decide. Browsers close a dialog on the second Escape whatever the page says, so
    // the key is caught as well as the event, and a dialog that was closed all the same is opened again.
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      this.dismiss();
    });
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.dismiss();
    });
    dialog.addEventListener("close", () => {
      if (this.#shown && this.#held) dialog.showModal();
      else this.close();
    });
    addEventListener("beforeunload", (event) => {
      if (this.#held) event.preventDefault();
    });
    addEventListener("pagehide", () => this.close());
  }

  get #held() {
    return this.#busy || this.keepsSecret;
  }

  /** Whether closing now would lose a secret for good. */
  get keepsSecret() {
    return this.secret !== null && !this.secret.settled;
  }

  open(view) {
    this.#shown = true;
    this.dialog.showModal();
    this.show(view);
  }

  /** The part of the dialog that is on view. */
  view(name) {
    return this.dialog.querySelector(`[data-view="${name}"]`);
  }

  show(name) {
    for (const view of this.dialog.querySelectorAll("[data-view]")) view.hidden = view.dataset.view !== name;
    this.alert("");
    const first = this.view(name).querySelector("[autofocus]") ?? this.view(name).querySelector("h2");
    (first ?? this.dialog.querySelector("h2")).focus();
  }

  /** Says what went wrong, in the view that is shown. */
  alert(...parts) {
    for (const place of this.dialog.querySelectorAll("[data-view]:not([hidden]) [data-alert]")) {
      place.replaceChildren(...parts);
      place.hidden = !place.textContent;
    }
  }

  /** Does `action` unless another is under way; a second click finds the first one at work. */
  async run(button, action) {
    if (this.#busy) return;
    const label = button.textContent;
    this.alert("");
    button.textContent = button.dataset.busy;
    this.#work(true);
    try {
      await action();
    } catch (error) {
      this.alert(error.message);
      if (!(error instanceof Refused || error instanceof Unanswered)) throw error;
    } finally {
      button.textContent = label;
      this.#work(false);
    }
  }

  // Not `disabled`, which would take the focus away from the button that was pressed.
  #work(busy) {
    this.#busy = busy;
    this.dialog.setAttribute("aria-busy", String(busy));
    for (const button of this.dialog.querySelectorAll("button"))
      button.setAttribute("aria-disabled", String(busy));
  }

  /** Closes, unless something would be lost. */
  dismiss() {
    if (this.#busy) return;
    this.unlessLost(() => this.close(), "Close without copying");
  }

  /** Does `then` at once, or once the person has agreed to lose the secret. */
  unlessLost(then, label) {
    if (!this.keepsSecret) {
      then();
      return;
    }
    if (this.#question) return;
    const question = clone("leave-template");
    const buttons = this.dialog.querySelector("[data-view]:not([hidden]) [data-buttons]");
    const stay = question.querySelector("[data-stay]");
    const leave = question.querySelector("[data-leave]");
    leave.textContent = label;
    stay.addEventListener("click", () => this.withdraw());
    leave.addEventListener("click", () => {
      this.secret.settled = true;
      this.withdraw();
      then();
    });
    buttons.hidden = true;
    buttons.after(question);
    this.#question = { question, buttons };
    stay.focus();
  }

  /** Takes the question back; the buttons are there again. */
  withdraw() {
    if (!this.#question) return;
    const { question, buttons } = this.#question;
    this.#question = null;
    question.remove();
    buttons.hidden = false;
    buttons.querySelector("button").focus();
  }

  close() {
    this.#shown = false;
    this.withdraw();
    this.secret?.wipe();
    this.secret = null;
    this.dialog.close();
  }
}
