/**
 * A dialog that asks one thing at a time.
 *
 * Owns what all dialogs share: one view at a time, one call at a time, errors next to the button that caused
 * them, and the refusal to close while a call is under way, even when the session ends meanwhile.
 */

import { Refused, Unanswered } from "../data/api.js";
import { session } from "../data/session.js";
import { fill } from "../words/text.js";
import { Haste } from "./haste.js";

export class Dialog {
  #notify;
  #outcome = [];
  #isBusy = false;
  #isOpen = false;
  #haste;

  /** The number of the session that the dialog was opened in. */
  session = null;

  /** `notify` says on the page what came of it. */
  constructor(dialog, notify = () => {}) {
    this.dialog = dialog;
    this.#notify = notify;
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
      if (this.#isOpen && this.isHeld) dialog.showModal();
      else if (this.#isOpen) this.close();
    });
    addEventListener("beforeunload", (event) => {
      if (this.isHeld) event.preventDefault();
    });
    addEventListener("pagehide", () => this.close());
  }

  get isOpen() {
    return this.#isOpen;
  }

  get isBusy() {
    return this.#isBusy;
  }

  /** Whether closing now would lose something. */
  get isHeld() {
    return this.#isBusy;
  }

  get #isOutlived() {
    return this.session !== session.number;
  }

  open(view) {
    this.#isOpen = true;
    this.session = session.number;
    if (!this.dialog.open) this.dialog.showModal();
    this.show(view);
  }

  /** The part of the dialog that is called so. */
  view(name) {
    return this.dialog.querySelector(`[data-view="${name}"]`);
  }

  /** Shows the view; its heading is heard. */
  show(name) {
    for (const view of this.dialog.querySelectorAll("[data-view]")) view.hidden = view.dataset.view !== name;
    this.showError("");
    const headings = [...this.dialog.querySelectorAll(":scope > h2, [data-view]:not([hidden]) :is(h2, h3)[tabindex]")];
    this.dialog.setAttribute("aria-labelledby", headings.map(({ id }) => id).join(" "));
    this.dialog.scrollTop = 0;
    (this.view(name).querySelector("[autofocus]") ?? headings.at(-1)).focus();
    this.settle();
  }

  /** Says what went wrong, in the view that is shown. */
  showError(text) {
    for (const place of this.dialog.querySelectorAll("[data-view]:not([hidden]) [data-alert]")) {
      place.textContent = text;
      place.hidden = !text;
    }
  }

  /** What the page will say once the dialog is closed: nobody hears the page before. */
  setOutcome(...parts) {
    this.#outcome = parts;
  }

  /** Does `action` unless another is under way; a second click finds the first one at work. */
  async run(button, action) {
    if (this.#isBusy) return;
    if (this.#isOutlived) return this.close();
    const label = button.textContent;
    let isUnknown = false;
    this.showError("");
    button.textContent = button.dataset.busy ?? label;
    this.#isBusy = true;
    this.#markButtons();
    try {
      await action();
    } catch (error) {
      this.showError(error.message);
      isUnknown = error instanceof Unanswered;
      if (!isUnknown && !(error instanceof Refused)) throw error;
    } finally {
      button.textContent = label;
      this.#isBusy = false;
      this.settle();
      if (!isUnknown) this.closeWithSession();
    }
  }

  /** What is on view has moved: for a moment no click destroys anything. */
  settle() {
    this.#haste.settle(() => this.#markButtons());
    this.#markButtons();
  }

  // Not `disabled`, which would take the focus away from the button that was pressed.
  #markButtons() {
    this.dialog.setAttribute("aria-busy", String(this.#isBusy));
    for (const button of this.dialog.querySelectorAll("button")) {
      const waits = this.#haste.isSettling && button.matches(".danger");
      button.setAttribute("aria-disabled", String(this.#isBusy || waits));
    }
  }

  /** Closes, unless a call is under way. */
  dismiss() {
    if (!this.#isBusy) this.close();
  }

  /** Closes if the session is over, as soon as nothing is lost by it. */
  closeWithSession() {
    if (this.#isOpen && this.#isOutlived && !this.isHeld) this.close();
  }

  close() {
    this.#isOpen = false;
    this.dialog.close();
    fill(this.dialog, { name: "" });
    if (this.#outcome.length > 0 && !this.#isOutlived) this.#notify(...this.#outcome);
    this.#outcome = [];
  }
}
