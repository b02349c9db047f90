/**
 * A secret on the screen, this once.
 *
 * Owns the text from the moment that the API answered it until the dialog closes: `wipe` leaves nothing of it in
 * the document. It is `settled` when it was copied, by button or by hand, or given up on purpose.
 */

import { copy } from "./clipboard.js";
import { example, mcp } from "./scopes.js";
import { clone, fill, slot } from "./text.js";

export class Secret {
  #place;
  #panel = clone("secret-template");

  settled = false;

  /** Shows the `secret` of a new key within `view`. */
  constructor(view, { scopes, secret }) {
    this.#place = view.querySelector("[data-secret]");
    const panel = this.#panel;
    const endpoint = mcp(scopes);
    fill(panel, {
      secret,
      curl: curl(example(scopes), secret),
      mcp: endpoint ? mcpJson(endpoint, secret) : "",
    });
    slot(panel, "mcp-section").hidden = !endpoint;
    panel.addEventListener("click", async ({ target }) => {
      const button = target.closest("[data-copy]");
      if (!button) return;
      const status = button.parentElement.querySelector("[role=status]");
      if (await copy(slot(panel, button.dataset.copy), button, status)) this.settled = true;
    });
    panel.addEventListener("copy", () => {
      if (getSelection().toString().includes(secret)) this.settled = true;
    });
    this.#place.replaceChildren(panel);
  }

  wipe() {
    this.#place.replaceChildren();
    this.#panel.replaceChildren();
  }
}

const curl = (url, secret) => `curl ${url} \\\n  -H "Authorization: Bearer ${secret}"`;

const mcpJson = (url, secret) =>
  JSON.stringify(
    { mcpServers: { runtime: { type: "http", url, headers: { Authorization: `Bearer ${secret}` } } } },
    null,
    2,
  );
