/** One key in the list. Owns what its row shows, and that it is filled again only when that has changed. */

import { REPLACED, REVOKED } from "../data/keys.js";
import { session } from "../data/session.js";
import { showLastUse } from "../words/last_use.js";
import { personName } from "../words/people.js";
import { scopeName, whyNot, whyNotManage } from "../words/scopes.js";
import { clone, fill, marked, slot } from "../words/text.js";
import { showTime } from "../words/time.js";

const STATE_CLASS = { Active: "active", Disabled: "disabled", "Being replaced": "replaced", Revoked: "revoked" };

/** What a text is compared by: its case, width and accents' form do not count. */
export const fold = (text) => text.normalize("NFKC").toLocaleLowerCase();

export class Row {
  element = clone("row-template");
  /** What a search looks into. */
  text = "";
  state = "";
  /** The name of whoever made the key. */
  creator = "";

  // What the row was filled from.
  #source = [];

  /** Brings the row up to what is known of its key. */
  update(key, keys) {
    const state = keys.state(key);
    const creator = personName(key.created_by, key.created_by_name, keys);
    const other = otherOfRotation(key, keys);
    const source = [key, state, creator, other];
    if (source.every((value, index) => value === this.#source[index])) return;
    this.#source = source;
    Object.assign(this, { state, creator, text: fold(`${key.name} ${marked(key.name)} ${key.hint} ${key.id}`) });
    this.#fill(key, other, keys);
  }

  #fill(key, other, keys) {
    const { element: row, state } = this;
    row.dataset.key = key.id;
    row.className = STATE_CLASS[state];
    fill(row, {
      name: key.name,
      hint: key.hint,
      by: this.creator,
      detail: other,
      state: state === "Active" ? "" : state,
      scopes: key.scopes.map((scope) => scopeName(scope).replaceAll(" ", "\u00A0")).join(", "),
      rotate: state === REPLACED ? "Continue" : "Rotate",
      "rotate-more": state === REPLACED ? " rotation" : "",
    });
    slot(row, "link").href = `#${key.id}`;
    slot(row, "self").hidden = !session.isOwnKey(key);
    showTime(slot(row, "ended"), key.revoked_at);
    showTime(slot(row, "created"), key.created_at);
    showLastUse(slot(row, "used"), key.last_used_at);
    const obstacle = whyNotManage(key);
    const box = row.querySelector("input");
    box.setAttribute("aria-label", `Select ${marked(key.name)}`);
    box.disabled = !isSelectable(key);
    box.title = obstacle;
    row.querySelector('[data-action="revoke"]').hidden = state === REVOKED || obstacle !== "";
    row.querySelector('[data-action="rotate"]').hidden = !isRotatable(key, keys);
  }
}

/** Whether a key can be chosen along with others: only what the person can revoke, and is not signed in with. */
export const isSelectable = (key) => !key.revoked_at && !session.isOwnKey(key) && whyNotManage(key) === "";

/** Why a rotation cannot be begun, or gone on with, which ends with the revocation of the old key; "" when it can. */
export const whyNotRotate = (key, keys) => (keys.replacement(key) ? whyNotManage(key) : whyNot(key.scopes));

/** Whether it can. */
const isRotatable = (key, keys) => !key.revoked_at && whyNotRotate(key, keys) === "";

/** The other key of a rotation that is under way, without the prefix that all keys share. */
function otherOfRotation(key, keys) {
  const end = ({ hint }) => hint.slice(hint.lastIndexOf("_") + 1);
  const replacement = keys.replacement(key);
  if (replacement) return `by ${end(replacement)}`;
  const old = key.replaces && keys.known(key.replaces);
  const isReplacing = old && keys.replacement(old)?.id === key.id && !old.revoked_at;
  return isReplacing ? `replaces ${end(old)}` : "";
}
