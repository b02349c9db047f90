/**
 * What a key looks like in a text: a line of a log, a header, a file that leaked, or what was copied with it.
 *
 * Owns where in a text a secret or the id of a key stands, as the API's own `apikeys/keys/find.py` and `secret.py` do.
 */

import { KEY_PREFIX } from "../data/deployment.js";

// 12 characters of the id, 43 of the secret, 6 of the checksum.
const ID = "[0-9A-Za-z]{12}";
const PREFIX = RegExp.escape?.(KEY_PREFIX) ?? KEY_PREFIX.replace(/\W/g, "\\$&");
const SECRET = new RegExp(`${PREFIX}[0-9A-Za-z]{61}(?![0-9A-Za-z])`);
// Looked ahead, because one may begin within another.
const IDS = new RegExp(`(?=(?:key_|${PREFIX})(${ID}))`, "g");

// How the page shows a secret: its beginning and its end.
const HINT = new RegExp(`${PREFIX}([0-9A-Za-z]{4})(?:…|\\.\\.\\.)([0-9A-Za-z]{4})(?![0-9A-Za-z])`);

/** The whole secret in `text`; undefined where there is none. */
export const secretIn = (text) => SECRET.exec(text)?.[0];

/** The ids of the keys that `text` names, by id or by a secret, whole or cut short; each once, in their order. */
export const keyIdsIn = (text) => [...new Set([...text.matchAll(IDS)].map(([, id]) => `key_${id}`))];

/** A hint in `text`, in the form that records have; undefined where there is none. */
export function hintIn(text) {
  const [, start, end] = HINT.exec(text) ?? [];
  return start && `${KEY_PREFIX}${start}…${end}`;
}
