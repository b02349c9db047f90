/**
 * A dialog that asks one thing at a time.
 *
 * Owns what all dialogs share: one view at a time, one call at a time, errors next to the button that caused
 * them, and the refusal to close while a call is under way or a secret has neither been copied nor given up: even
 * when the session ends meanwhile.
 */

import { Refused, Unanswered } from "./api.js";
import { Haste } from "./haste.js";
import { session } from "./session.js";
import { clone, fill } from "./text.js";

export class Modal {
  #say;
  #result = [];
  #busy = false;
  #shown = false;
  #haste;
  #question = null;

  /** The secret that is being shown, or null. */
  secret = null;

  /** The number of the session that the dialog was opened in. */
  session = null;

  constructor(dialog, say) {
    this.dialog = dialog;
    this.#say = say;
    this.#haste = new Haste(dialog);
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
    return this.#busy || this.#keepsSecret;
  }

  /** Whether closing now would lose a secret for good. */
  get #keepsSecret() {
    return this.secret !== null && !this.secret.settled;
  }

  get #outlived() {
    return this.session !== session.number;
  }

  open(view) {
    this.#shown = true;
    this.session = session.number;
    this.dialog.showModal();
    this.show(view);
  }

  /** The part of the dialog that is on view. */
  view(name) {
    return this.dialog.querySelector(`[data-view="${name}"]`);
  }

  /** Shows the view; its heading is heard. */
  show(name) {
    for (const view of this.dialog.querySelectorAll("[data-view]")) view.hidden = view.dataset.view !== name;
    this.alert("");
    const headings = [...this.dialog.querySelectorAll(":scope > h2, [data-view]:not([hidden]) > :is(h2, h3)")];
    this.dialog.setAttribute("aria-labelledby", headings.map(({ id }) => id).join(" "));
    this.dialog.scrollTop = 0;
    (this.view(name).querySelector("[autofocus]") ?? headings.at(-1)).focus();
    this.settle();
  }

  /** Says what went wrong, in the view that is shown. */
  alert(text) {
    for (const place of this.dialog.querySelectorAll("[data-view]:not([hidden]) [data-alert]")) {
      place.textContent = text;
      place.hidden = !text;
    }
  }

  /** What the page will say of it once the dialog is closed: nobody hears the page before. */
  tell(...parts) {
    this.#result = parts;
  }

  /** Does `action` unless another is under way; a second click finds the first one at work. */
  async run(button, action) {
    if (this.#busy) return;
    if (this.#outlived) return this.close();
    const label = button.textContent;
    let open = false;
    this.alert("");
    button.textContent = button.dataset.busy;
    this.#busy = true;
    this.#mark();
    try {
      await action();
    } catch (error) {
      this.alert(error.message);
      open = error instanceof Unanswered;
      if (!open && !(error instanceof Refused)) throw error;
    } finally {
      button.textContent = label;
      this.#busy = false;
      this.settle();
      if (!open) this.leave();
    }
  }

  /** What is on view has moved: for a moment no click destroys anything. */
  settle() {
    this.#haste.settle(() => this.#mark());
    this.#mark();
  }

  // Not `disabled`, which would take the focus away from the button that was pressed.
  #mark() {
    this.dialog.setAttribute("aria-busy", String(this.#busy));
    for (const button of this.dialog.querySelectorAll("button")) {
      const waits = this.#haste.settling && button.matches(".danger");
      button.setAttribute("aria-disabled", String(this.#busy || waits));
    }
  }

  /** Closes, unless something would be lost. */
  dismiss() {
    if (this.#busy) return;
    this.unlessLost(() => this.close(), "Close without copying");
  }

  /** Closes if the session is over, as soon as nothing is lost by it. */
  leave() {
    if (this.#shown && this.#outlived && !this.#held) this.close();
  }

  /** Does `then` at once, or once the person has agreed to lose the secret. */
  unlessLost(then, label) {
    if (!this.#keepsSecret) return then();
    if (this.#question) return;
    const question = clone("leave-template");
    const buttons = this.dialog.querySelector("[data-view]:not([hidden]) .buttons");
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
    this.settle();
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
    fill(this.dialog, { name: "" });
    if (this.#result.length > 0 && !this.#outlived) this.#say(...this.#result);
    this.#result = [];
  }
}
