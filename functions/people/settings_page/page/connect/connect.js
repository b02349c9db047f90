/**
 * How to connect a client: one tab for each, what to copy into it, and a test of the key.
 *
 * https://www.w3.org/WAI/ARIA/apg/patterns/tabs/
 */

import { copyBlock } from "../dialogs/copy.js";
import { endpointOf, exampleOf } from "../words/scopes.js";
import { secretIn } from "../words/secret_format.js";
import { clone, fill, slot } from "../words/text.js";
import { mcpClients, programs } from "./clients.js";
import { tryKey } from "./try_key.js";

let made = 0;

export class Connect {
  #tabs;
  #panel;
  #id = `connect-${++made}`;

  /** For a key with `scopes`. Without its `secret`, a key can be pasted to be tested. */
  constructor(scopes, secret = null) {
    this.element = clone("connect-template");
    const endpoint = endpointOf(scopes);
    const { verb, url, isTestable } = exampleOf(scopes);
    const clients = [...(endpoint ? mcpClients(endpoint) : []), ...programs(verb, url)];
    this.#panel = slot(this.element, "panel");
    this.#panel.id = `${this.#id}-panel`;
    this.#tabs = clients.map((client, index) => this.#tab(client, index));
    slot(this.element, "tabs").append(...this.#tabs);
    slot(this.element, "tabs").addEventListener("keydown", (event) => this.#onKey(event));
    this.#select(0, clients[0]);
    this.#offerTest(isTestable ? url : null, secret);
  }

  #tab(client, index) {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.role = "tab";
    tab.id = `${this.#id}-${client.id}`;
    tab.textContent = client.name;
    tab.setAttribute("aria-controls", this.#panel.id);
    tab.addEventListener("click", () => this.#select(index, client));
    return tab;
  }

  #select(index, { name, steps, docs }) {
    this.#tabs.forEach((tab, other) => {
      tab.setAttribute("aria-selected", String(other === index));
      tab.tabIndex = other === index ? 0 : -1;
    });
    this.#panel.setAttribute("aria-labelledby", this.#tabs[index].id);
    slot(this.element, "steps").replaceChildren(...steps.map((step, number) => stepElement(step, name, number)));
    const link = slot(this.element, "docs");
    link.hidden = !docs;
    if (docs) link.querySelector("a").href = docs;
    fill(link, { client: name });
  }

  #onKey(event) {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const index = this.#tabs.indexOf(document.activeElement);
    const next = this.#tabs.at((index + move) % this.#tabs.length);
    next.focus();
    next.click();
  }

  #offerTest(url, secret) {
    const form = slot(this.element, "test");
    const field = form.querySelector("input");
    const outcome = slot(form, "outcome");
    form.hidden = url === null;
    field.closest(".field").hidden = secret !== null;
    field.id = `${this.#id}-key`;
    form.querySelector("label").htmlFor = field.id;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const tested = secret ?? secretIn(field.value);
      outcome.className = "";
      if (!tested) {
        outcome.textContent = "Paste a whole key, then test it.";
        return;
      }
      outcome.textContent = "Calling…";
      const { works, text } = await tryKey(url, tested);
      field.value = "";
      outcome.className = works ? "works" : "error";
      outcome.textContent = text;
    });
  }
}

function stepElement({ label, text }, client, number) {
  const item = document.createElement("li");
  const words = document.createElement("p");
  words.textContent = `${label}:`;
  const name = `${client}, step ${number + 1}`;
  item.append(words, copyBlock({ label: name, text, button: "Copy", done: "Copied." }));
  return item;
}
