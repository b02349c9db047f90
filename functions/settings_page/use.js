/**
 * When a key was last used, and what that says.
 *
 * Owns how far the time of last use can be trusted: it comes from the access log, which is some minutes behind,
 * or from nowhere, where the recording of usage is switched off. Must never call a key quiet that may only not
 * have been heard of yet.
 */

import { TRACKS_USAGE } from "./deployment.js";
import { ago, showTime } from "./text.js";

// A call is logged when it ends, under the time of its start, and the log is about three minutes behind. So of a
// client that only streams, one stream of 15 minutes after another, the last start that is known can be this old.
const QUIET_MS = 35 * 60_000;

/** Shows when a key was last used. */
export function showUse(place, at) {
  if (TRACKS_USAGE) showTime(place, at, "no use recorded");
  else showTime(place, null, "not recorded");
}

/** What the two times of last use mean for revoking the old key now; `fine` if nothing speaks against it. */
export function advice(old, replacement) {
  if (!TRACKS_USAGE)
    return {
      text: "The use of keys is not recorded here, so this page cannot tell whether some client still sends the old key.",
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
