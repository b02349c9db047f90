/**
 * Which keys the list shows, and in which order: what a person chose above it.
 *
 * Owns the rules alone, and none of the document. They are the API's own (`apikeys/keys/listing.py`) but for one: a key
 * whose replacement is revoked stays `replaced` there, which a single record tells. Here it is active, since it is what
 * works, and can be rotated again.
 */

import { TRACKS_USAGE } from "../data/deployment.js";
import { ACTIVE, DISABLED, REPLACED, REVOKED } from "../data/keys.js";

const DAY_MS = 86_400_000;

/** The state filter: its value, and the states that it shows; null for all. */
export const STATES = {
  "": [ACTIVE, DISABLED, REPLACED],
  all: null,
  active: [ACTIVE],
  disabled: [DISABLED],
  replaced: [REPLACED],
  revoked: [REVOKED],
};

/** Whether revoked keys have to be read for a state filter. */
export const wantsRevoked = (state) => STATES[state]?.includes(REVOKED) ?? true;

/** What nobody narrowed. */
export const EVERYTHING = { words: [], ids: null, state: "", scope: "", creator: "", unused: "" };

/** Whether fewer keys are shown than those that do work. */
export const isNarrowed = ({ words, ids, state, scope, creator, unused }) =>
  words.length > 0 || ids !== null || scope !== "" || creator !== "" || unused !== "" || !["", "all"].includes(state);

/** Whether a key is shown. `state` is its state, `text` what is searched, `isStaying` that it was ended just now. */
export function shows(criteria, key, { state, text, isStaying }) {
  const { words, ids, scope, creator, unused } = criteria;
  const states = STATES[criteria.state];
  return (
    (states === null || isStaying || states.includes(state)) &&
    (ids === null || ids.has(key.id)) &&
    (scope === "" || key.scopes.includes(scope)) &&
    (creator === "" || key.created_by === creator) &&
    (unused === "" || isUnused(key, unused)) &&
    words.every((word) => text.includes(word))
  );
}

/** `unused` is "never", or for how many days the key was neither used nor made. Nobody knows while use is not recorded. */
function isUnused({ last_used_at: used, created_at: created }, unused) {
  if (!TRACKS_USAGE) return false;
  if (unused === "never") return used === null;
  return Date.parse(used ?? created) < Date.now() - Number(unused) * DAY_MS;
}

const names = new Intl.Collator("en", { numeric: true });

/** The orders, each from the top down; what was never used comes last. */
const ORDERS = {
  created: (one, other) => compare(other.created_at, one.created_at),
  name: (one, other) => names.compare(one.name, other.name),
  last_used: (one, other) => compare(other.last_used_at ?? "", one.last_used_at ?? ""),
};

const compare = (one, other) => (one > other) - (one < other);

/** `keys`, which come newest first, in this order. */
export function sorted(keys, { by, isReversed }) {
  if (by !== "created") keys.sort(ORDERS[by]);
  return isReversed ? keys.reverse() : keys;
}
