/** A key's name and description, edited where they are read. */

import { session } from "../data/session.js";
import { slot } from "../words/text.js";

export class Details {
  #form;
  #saved = { name: "", description: "" };

  /** `save` is given the fields that differ, and throws what is to be shown beside them. */
  constructor(form, save) {
    this.#form = form;
    form.addEventListener("input", () => this.#mark());
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      this.#fill();
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const fields = this.#changes();
      if (Object.keys(fields).length === 0 || form.ariaBusy === "true") return;
      if (fields.name === "") return this.#showOutcome("", "Give the key a name, so that you know later whose it is.");
      form.ariaBusy = "true";
      this.#showOutcome("Saving…", "");
      try {
        await save(fields);
        this.#showOutcome("Saved.", "");
      } catch (error) {
        this.#showOutcome("", error.message);
      } finally {
        form.ariaBusy = "false";
      }
    });
  }

  /**
   * Shows the key's; what a person has typed stays until it is saved or taken back, unless `isOther` says that it
   * was for another key. `obstacle` is why nothing can be typed.
   */
  show({ name, description, revoked_at: isOver }, isOther, obstacle) {
    const isEdited = Object.keys(this.#changes()).length > 0 && this.#form.ariaBusy !== "true";
    const isReadOnly = Boolean(isOver) || obstacle !== "";
    this.#saved = { name, description: description ?? "" };
    for (const field of [this.#name, this.#description]) field.readOnly = isReadOnly;
    slot(this.#form, "read-only").textContent = isOver || !obstacle ? "" : `Cannot be edited here. ${obstacle}`;
    if (isOther || isReadOnly || !isEdited) this.#fill();
  }

  get #name() {
    return this.#form.elements.namedItem("name");
  }

  get #description() {
    return this.#form.elements.namedItem("description");
  }

  #fill() {
    this.#name.value = this.#saved.name;
    this.#description.value = this.#saved.description;
    this.#showOutcome("", "");
    this.#mark();
  }

  #changes() {
    const [name, description] = [this.#name.value.trim(), this.#description.value.trim()];
    return {
      ...(name !== this.#saved.name && { name }),
      ...(description !== this.#saved.description && { description: description || null }),
    };
  }

  #mark() {
    slot(this.#form, "save").hidden = Object.keys(this.#changes()).length === 0;
  }

  #showOutcome(outcome, error) {
    slot(this.#form, "saved").textContent = outcome;
    slot(this.#form, "error").textContent = error;
  }
}
