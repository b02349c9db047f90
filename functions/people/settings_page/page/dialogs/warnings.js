/** What to know before a key ends, or is disabled: shown in every dialog that does so. */

import { api } from "../data/api.js";
import { session } from "../data/session.js";
import { EVERYTHING } from "../words/scopes.js";

const OWN = "You are signed in with this key: you will be signed out.";
const LAST =
  "This is the last active key with full access. Without one, only an admin who signs in without a key, or an operator with access to the AWS account, can create keys that manage keys.";

/** Shows in `place` what to know about ending `key`. What has to be asked for follows; `isStill` asks whether it is of use. */
export async function showWarnings(place, key, isStill) {
  const show = (...texts) => {
    place.replaceChildren(...texts.map(paragraph));
    place.hidden = texts.length === 0;
  };
  const own = session.isOwnKey(key) ? [OWN] : [];
  show(...own);
  if (await isLastWithFullAccess(key)) {
    if (isStill()) show(...own, LAST);
  }
}

async function isLastWithFullAccess(key) {
  if (!key.scopes.includes(EVERYTHING) || key.disabled) return false;
  try {
    // Not by `state`: a key with a replacement works as well, and may have lost it.
    for await (const { id, disabled } of api.each({ scope: EVERYTHING })) {
      if (id !== key.id && !disabled) return false;
    }
  } catch {
    return false;
  }
  return true;
}

function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}
