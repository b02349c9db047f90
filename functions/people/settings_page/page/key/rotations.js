/** The keys that a key has replaced, and those that have replaced it, each a link. */

import { nameElement } from "../words/text.js";
import { exact } from "../words/time.js";

// As far as is looked, to either side; each step may be a call.
const AT_MOST = 5;

/** Shows the chain that `key` is part of, the oldest first. `isStill` asks whether it is of use. */
export async function showRotations(section, key, keys, isStill) {
  section.hidden = !key.replaces && !key.replaced_by;
  if (section.hidden) return;
  const list = section.querySelector("ol");
  const show = (chain) => list.replaceChildren(...chain.map((one) => line(one, key, keys)));
  show([key]);
  const [before, after] = await Promise.all([follow(key, "replaces", keys), follow(key, "replaced_by", keys)]);
  if (isStill()) show([...before.reverse(), key, ...after]);
}

async function follow(key, field, keys) {
  const found = [];
  for (let id = key[field]; id && found.length < AT_MOST; ) {
    const next = await keys.lookUp(id).catch(() => null);
    if (!next) break;
    found.push(next);
    id = next[field];
  }
  return found;
}

function line(key, current, keys) {
  const item = document.createElement("li");
  const when = ` ${keys.state(key).toLowerCase()}, created ${exact(key.created_at)}`;
  if (key.id === current.id) {
    item.append(nameElement(key.name), ` (this key)${when}`);
    item.setAttribute("aria-current", "true");
    return item;
  }
  const link = document.createElement("a");
  link.href = `#${key.id}`;
  link.append(nameElement(key.name), ` ${key.hint.slice(key.hint.lastIndexOf("_") + 1)}`);
  item.append(link, when);
  return item;
}
