/** What is known of a key, as a list of facts. Every time is there twice: how long ago, and exactly. */

import { REVOKED } from "../data/keys.js";
import { showLastUse } from "../words/last_use.js";
import { personName } from "../words/people.js";
import { meaning, scopeName } from "../words/scopes.js";
import { fill, marked, slot } from "../words/text.js";
import { exact, showTime } from "../words/time.js";

/** Fills the panel's facts from the record. */
export function showFacts(root, key, keys) {
  const state = keys.state(key);
  fill(root, { name: key.name, hint: key.hint, state });
  slot(root, "state").className = `state ${state === REVOKED ? "revoked" : state.split(" ").at(-1).toLowerCase()}`;
  slot(root, "scopes").replaceChildren(...key.scopes.map(scopeLine));
  showLines(slot(root, "addresses"), key.allowed_addresses ?? ["From any address"]);
  const metadata = Object.entries(key.metadata);
  showLines(slot(root, "metadata"), metadata.map(([name, value]) => `${name}: ${value}`));
  slot(root, "has-metadata").hidden = metadata.length === 0;
  for (const [name, at, by, byName] of [
    ["created", key.created_at, key.created_by, key.created_by_name],
    ["changed", key.changed_at, key.changed_by, key.changed_by_name],
    ["revoked", key.revoked_at, key.revoked_by, key.revoked_by_name],
    ["disabled", key.disabled_at],
  ]) {
    const row = slot(root, `when-${name}`);
    row.hidden = !at || (name === "changed" && at === key.revoked_at);
    if (row.hidden) continue;
    showTime(slot(row, "ago"), at);
    fill(row, { exact: exact(at), by: by ? `by ${personName(by, byName, keys)}` : "" });
  }
  showLastUse(slot(root, "used"), key.last_used_at);
  const from = key.last_used_from ? ` from ${key.last_used_from}` : "";
  fill(root, { "used-exact": key.last_used_at ? `${exact(key.last_used_at)}${from}` : "" });
}

function scopeLine(scope) {
  const item = document.createElement("li");
  const name = document.createElement("code");
  name.textContent = scope;
  const title = scopeName(scope);
  const explanation = document.createElement("p");
  explanation.className = "help";
  explanation.textContent = meaning(scope);
  item.append(title === scope ? "" : `${title} `, name, explanation);
  return item;
}

function showLines(list, texts) {
  list.replaceChildren(
    ...texts.map((text) => {
      const item = document.createElement("li");
      item.dir = "auto";
      item.textContent = marked(text);
      return item;
    }),
  );
}
