/** The keys that a key has created: what may have to be looked at as well when it leaks. */

import { api } from "../data/api.js";
import { GIVERS } from "../data/deployment.js";
import { count, nameElement } from "../words/text.js";
import { ago } from "../words/time.js";

const AT_MOST = 100;

/** Shows them, where the key can create any. `isStill` asks whether it is of use. */
export async function showCreated(section, key, isStill) {
  const manages = key.scopes.some((scope) => GIVERS[scope] !== "keys");
  section.hidden = !manages;
  if (!manages) return;
  const [list, status] = [section.querySelector("ul"), section.querySelector("[role=status]")];
  list.replaceChildren();
  status.textContent = "Reading…";
  let text;
  try {
    const page = await api.list({ created_by: key.id, include_revoked: true, limit: AT_MOST });
    if (!isStill()) return;
    list.replaceChildren(...page.keys.map(line));
    text = page.next_cursor ? `The newest ${page.keys.length}` : page.keys.length ? count(page.keys.length, "key") : "None.";
  } catch (error) {
    text = `They could not be read. ${error.message}`;
  }
  if (isStill()) status.textContent = text;
}

function line(key) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `#${key.id}`;
  link.append(nameElement(key.name));
  item.append(link, ` ${key.revoked_at ? "revoked" : "created"} ${ago(key.revoked_at ?? key.created_at)}`);
  return item;
}
