/** Creating a key: its name and scopes, then its secret, once. */

import { api, Unanswered } from "../data/api.js";
import { session } from "../data/session.js";
import { CHOICES, DEFAULT, EVERYTHING, meaning, scopeName, whyNot } from "../words/scopes.js";
import { clone, element, fill, nameElement, slot } from "../words/text.js";
import { SecretDialog } from "./secret.js";

const NAME_AT_MOST = 100;

export class CreateDialog extends SecretDialog {
  #keys;
  #form = this.view("form");

  constructor(keys, notify) {
    super(element("create"), notify);
    this.#keys = keys;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  open() {
    this.#form.reset();
    this.#complain({});
    element("create-scopes").replaceChildren(...CHOICES.map(choice));
    slot(this.dialog, "operator").textContent = whyNot([EVERYTHING]);
    super.open("form");
  }

  #submit() {
    const name = element("create-name").value.trim();
    const scopes = [...element("create-scopes").querySelectorAll(":checked")].map((box) => box.value);
    const problems = {
      name:
        name === ""
          ? "Give the key a name, so that you know later whose it is."
          : [...name].length > NAME_AT_MOST
            ? `A name has at most ${NAME_AT_MOST} characters.`
            : "",
      scopes: scopes.length === 0 ? "Choose at least one scope; a key without any opens nothing." : "",
    };
    if (this.#complain(problems)) return;
    this.run(this.#form.querySelector("[type=submit]"), () => this.#create(name, scopes));
  }

  /** Says what is wrong beside each field, and goes to the first one that is. */
  #complain({ name = "", scopes = "" }) {
    const field = element("create-name");
    element("create-name-error").textContent = name;
    element("create-scopes-error").textContent = scopes;
    field.setAttribute("aria-invalid", String(name !== ""));
    if (name) field.focus();
    else if (scopes) element("create-scopes").querySelector("input").focus();
    return name || scopes;
  }

  async #create(name, scopes) {
    let created;
    try {
      created = await api.create(name, scopes);
    } catch (error) {
      throw error instanceof Unanswered ? await this.#explain(error, name) : error;
    }
    const { secret, ...record } = created;
    this.#keys.learn(record, this.session);
    this.setOutcome("Created ", nameElement(record.name), ".");
    const view = this.view("secret");
    this.showSecret(view, created);
    fill(view, { name: record.name });
    this.show("secret");
  }

  /** The answer was lost: looks into the list for a key that came of it. */
  async #explain({ message }, name) {
    const before = new Set(this.#keys.all().map((key) => key.id));
    await this.#keys.reload();
    const found = this.#keys
      .all()
      .find((key) => !before.has(key.id) && key.name === name && session.isMe(key.created_by));
    const outcome = found
      ? `The key was created, but its secret was lost on the way. Revoke ${found.hint}, and create another key.`
      : this.#keys.error
        ? "It is unknown whether the key was created. The list could not be read again either. Check it before you repeat this."
        : "It is unknown whether the key was created. The list was read again and does not show it so far. It may appear in a moment, so check the list before you repeat this.";
    return new Unanswered(`${message} ${outcome}`);
  }
}

function choice(scope) {
  const label = clone("scope-template");
  const box = label.querySelector("input");
  const obstacle = whyNot([scope]);
  box.value = scope;
  box.checked = scope === DEFAULT;
  box.disabled = obstacle !== "";
  fill(label, { scope, title: scopeName(scope), meaning: [meaning(scope), obstacle].filter(Boolean).join(" ") });
  slot(label, "scope").hidden = scopeName(scope) === scope;
  return label;
}
