/** A key's name and description, edited where they are read. */

import { slot } from "../words/text.js";

export class Details {
  #form;
  // What is known of the key, by field.
  #saved = { name: "", description: "" };
  // What was in the fields of the save that is under way.
  #sent = null;

  /** `save` is given the fields that differ, and throws what is to be shown beside them. */
  constructor(form, save) {
    this.#form = form;
    form.addEventListener("input", () => this.#mark());
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      this.#fill(this.#fields);
      this.#showOutcome("", "");
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const fields = this.#changes();
      if (Object.keys(fields).length === 0 || this.#sent) return;
      if (fields.name === null) return this.#showOutcome("", "Give the key a name, so that you know later whose it is.");
      const sent = new Map(this.#fields.map((field) => [field, field.value]));
      this.#setSent(sent);
      this.#showOutcome("Saving…", "");
      let error = "";
      try {
        await save(fields);
      } catch ({ message }) {
        error = message;
      }
      // By now the form may show another key.
      if (this.#sent !== sent) return;
      this.#setSent(null);
      if (!error) this.#fill(this.#fields.filter((field) => field.value === sent.get(field)));
      this.#showOutcome(error ? "" : "Saved.", error);
    });
  }

  /**
   * Shows the key's. A field that a person has typed in stays until it is saved or taken back, unless `isOther` says that
   * it was for another key. `obstacle` is why nothing can be typed.
   */
  show({ name, description, revoked_at: isOver }, isOther, obstacle) {
    const untouched = this.#fields.filter((field) => !this.#isEdited(field));
    const isReadOnly = Boolean(isOver) || obstacle !== "";
    this.#saved = { name, description: description ?? "" };
    for (const field of this.#fields) field.readOnly = isReadOnly;
    slot(this.#form, "read-only").textContent = isOver || !obstacle ? "" : `Cannot be edited here. ${obstacle}`;
    if (isOther) this.#setSent(null);
    this.#fill(isOther || isReadOnly ? this.#fields : untouched);
    if (isOther || isReadOnly || untouched.length === this.#fields.length) this.#showOutcome("", "");
  }

  get #fields() {
    return ["name", "description"].map((name) => this.#form.elements.namedItem(name));
  }

  #setSent(sent) {
    this.#sent = sent;
    this.#form.ariaBusy = String(sent !== null);
  }

  /** Fills these fields with what is known. */
  #fill(fields) {
    for (const field of fields) field.value = this.#saved[field.name];
    this.#mark();
  }

  #isEdited({ name, value }) {
    return value.trim() !== this.#saved[name];
  }

  /** What was edited, as the API takes it: null removes. */
  #changes() {
    return Object.fromEntries(
      this.#fields.filter((field) => this.#isEdited(field)).map(({ name, value }) => [name, value.trim() || null]),
    );
  }

  #mark() {
    slot(this.#form, "save").hidden = Object.keys(this.#changes()).length === 0;
  }

  #showOutcome(outcome, error) {
    slot(this.#form, "saved").textContent = outcome;
    slot(this.#form, "error").textContent = error;
  }
}
