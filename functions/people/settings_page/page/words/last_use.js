/**
 * When a key was last used, and what that says.
 *
 * Owns how far the time of last use can be trusted: it comes from the access log, which is some minutes behind,
 * or from nowhere, where the recording of usage is switched off. A time is null where no use was recorded, and
 * undefined where it could not be read. Must never call a key quiet that may only not have been heard of yet.
 */

import { api } from "../data/api.js";
import { TRACKS_USAGE } from "../data/deployment.js";
import { ago, showTime } from "./time.js";

// A call is logged when it ends, under the time of its start; the log is about three minutes behind, and the last use
// is written once a minute. So of a client that only streams, one stream of 15 minutes after another, the last start
// that is known can be this old.
const QUIET_MS = 35 * 60_000;

// A key that was used within a week has a client that will notice.
const RECENT_MS = 7 * 86_400_000;

// For how long a person who wants to revoke a key is kept waiting.
const PATIENCE_MS = 2_000;

/** The key as it is now, or null where that cannot be read soon: the list may have been read long ago. */
export const readNow = ({ id }) =>
  Promise.race([
    api.get(id).catch(() => null),
    new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null)),
  ]);

/** Shows when a key was last used. */
export function showLastUse(place, at) {
  if (TRACKS_USAGE) showTime(place, at, at === undefined ? "unknown" : "never seen");
  else showTime(place, null, "not known");
}

/** Whether a key was used so lately that its client will notice when it ends. */
export const isInUse = ({ last_used_at: at }) => at !== null && Date.now() - Date.parse(at) <= RECENT_MS;

/** Why somebody may still need a key that was last used `at`; "" if nothing speaks for it. */
export function whyNeeded(at) {
  if (!TRACKS_USAGE) return "The use of keys is not recorded here, so somebody may still need it.";
  if (at === undefined) return "When the key was last used could not be read, so somebody may still need it.";
  return isInUse({ last_used_at: at }) ? `The key was used ${ago(at)}, so somebody may still need it.` : "";
}

/** Whether the replacement has been seen in use, in words. */
export function arrival(replacement) {
  if (!TRACKS_USAGE) return "The use of keys is not recorded here, so this page cannot tell when your client has it.";
  if (replacement === undefined) return "When the new key was last used could not be read.";
  if (!replacement) return "The new key has not been seen in use yet. A call shows here some minutes after its end.";
  return `The new key is in use: last ${ago(replacement)}.`;
}

/** What the two times of last use mean for revoking the old key now; `fine` if nothing speaks against it. */
export function advice(old, replacement) {
  if (!TRACKS_USAGE)
    return {
      text: "The use of keys is not recorded here, so this page cannot tell whether some client still sends the old key.",
    };
  if (old === undefined || replacement === undefined)
    return {
      text: "When the keys were last used could not be read, so this page cannot tell whether some client still sends the old one.",
    };
  if (!replacement)
    return {
      text: "The new key has not been seen in use. A client that still sends the old one will be refused.",
    };
  if (!old)
    return {
      text: "The new key is in use. No use of the old one was ever recorded, so make sure that no client holds it.",
    };
  if (old > replacement)
    return {
      text: `The old key was used after the new one, ${ago(old)}: some client still sends it.`,
    };
  if (Date.now() - Date.parse(old) < QUIET_MS)
    return {
      text: `The old key was still used ${ago(old)}. A call can take half an hour to show here, so wait until it has been quiet for longer.`,
    };
  return { text: "The new key is in use, and the old one has been quiet since.", fine: true };
}
