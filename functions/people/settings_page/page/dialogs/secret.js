/**
 * A dialog that shows a secret, this once.
 *
 * Owns the secret from the moment that the API answered it until the dialog closes, which leaves nothing of it in
 * the document. The dialog does not close before the secret was copied, by button or by hand, or given up on
 * purpose: even when the session ends meanwhile.
 */

import { Connect } from "../connect/connect.js";
import { clone, slot } from "../words/text.js";
import { copyBlock } from "./copy.js";
import { Dialog } from "./dialog.js";

export class SecretDialog extends Dialog {
  #panel = null;
  #isSettled = true;
  #question = null;

  get hasSecret() {
    return this.#panel !== null;
  }

  get isHeld() {
    return super.isHeld || !this.#isSettled;
  }

  /** Shows the secret of a new key in `view`, with how to use it. */
  showSecret(view, { secret, scopes }) {
    const panel = clone("secret-template");
    this.#panel = panel;
    this.#isSettled = false;
    const settle = () => {
      this.#isSettled = true;
    };
    slot(panel, "secret").replaceWith(
      copyBlock({ label: "Secret", text: secret, button: "Copy secret", done: "Secret copied.", isField: true, then: settle }),
    );
    slot(panel, "connect").append(new Connect(scopes, secret).element);
    panel.addEventListener("copy", () => {
      if (getSelection().toString().includes(secret)) settle();
    });
    view.querySelector("[data-secret]").replaceChildren(panel);
  }

  /** Leaves nothing of the secret. */
  wipe() {
    this.#panel?.replaceChildren();
    this.#panel?.remove();
    this.#panel = null;
    this.#isSettled = true;
  }

  dismiss() {
    if (!this.isBusy) this.unlessLost(() => this.close(), "Close without copying");
  }

  /** Does `then` at once, or once the person has agreed to lose the secret. */
  unlessLost(then, label) {
    if (this.#isSettled) return then();
    if (this.#question) return;
    const question = clone("leave-template");
    const buttons = this.dialog.querySelector("[data-view]:not([hidden]) > .buttons");
    const stay = question.querySelector("[data-stay]");
    const leave = question.querySelector("[data-leave]");
    leave.textContent = label;
    stay.addEventListener("click", () => this.#withdraw());
    leave.addEventListener("click", () => {
      this.#isSettled = true;
      this.#withdraw();
      then();
    });
    buttons.hidden = true;
    buttons.after(question);
    this.#question = { question, buttons };
    stay.focus();
    this.settle();
  }

  /** Takes the question back; the buttons are there again. */
  #withdraw() {
    if (!this.#question) return;
    const { question, buttons } = this.#question;
    this.#question = null;
    question.remove();
    buttons.hidden = false;
    buttons.querySelector("button").focus();
  }

  close() {
    this.#withdraw();
    this.wipe();
    super.close();
  }
}
