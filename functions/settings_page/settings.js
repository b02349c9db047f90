/** Settings → API: puts the parts together, and shows either the way in or the keys. */

import { address, api } from "./api.js";
import { CreateDialog } from "./create.js";
import { Keys } from "./keys.js";
import { List } from "./list.js";
import { RevokeDialog } from "./revoke.js";
import { RotateDialog } from "./rotate.js";
import { session } from "./session.js";
import { arrive, focusSignIn, onSignIn, showSignIn } from "./signin.js";
import { element, fill, refreshTimes } from "./text.js";
import { UsageDialog } from "./usage.js";

const keys = new Keys();
const create = new CreateDialog(keys, say);
const revoke = new RevokeDialog(keys, say);
const rotate = new RotateDialog(keys, say, (key, then) => revoke.open(key, then));
const usage = new UsageDialog();
const list = new List(keys, { rotate: opener(rotate), revoke: opener(revoke), usage: opener(usage) });
const dialogs = [create, revoke, rotate, usage];

function opener(dialog) {
  return (key) => {
    say();
    dialog.open(key);
  };
}

/** Tells the person what was done; nothing any more, when there are no `parts`. */
function say(...parts) {
  element("notice").replaceChildren(...parts);
}

function showKeys() {
  show("keys");
  element("keys-title").focus();
  keys.reload();
}

function turnAway(reason) {
  show("sign-in");
  showSignIn(reason);
}

/** Only the API can end the session, so the page says so when it could not. */
async function signOut() {
  try {
    await api.signOut();
    session.signedOut();
  } catch (error) {
    if (session.open) say(`You are still signed in. ${error.message}`);
  }
}

function show(view) {
  element("loading").hidden = true;
  for (const name of ["sign-in", "keys"]) element(name).hidden = name !== view;
  element("who").hidden = view !== "keys";
}

keys.addEventListener("change", () => {
  const { organization_name: organization, person_name: name, role } = session.who;
  fill(element("who"), { organization, name, role });
});

session.addEventListener("end", ({ detail: reason }) => {
  keys.forget();
  list.reset();
  fill(element("who"), { organization: "", name: "", role: "" });
  say();
  for (const dialog of dialogs) dialog.leave();
  turnAway(reason);
});

for (const { dialog } of dialogs) {
  // The browser gives focus back to the button that opened the dialog, unless that has gone.
  dialog.addEventListener("close", () => {
    const { activeElement } = document;
    if (activeElement === document.body || dialog.contains(activeElement)) {
      if (session.open) element("keys-title").focus();
      else focusSignIn();
    }
  });
}

for (const id of ["create-open", "create-first"]) element(id).addEventListener("click", opener(create));
element("sign-out").addEventListener("click", signOut);
element("base").textContent = address("").replace(/\/$/, "");
setInterval(refreshTimes, 30_000);
// A link with a ticket that is followed in the open page changes no more than the fragment.
addEventListener("hashchange", () => {
  if (location.hash.startsWith("#ticket=")) location.reload();
});
onSignIn(showKeys);

try {
  if (await arrive()) showKeys();
  else turnAway("");
} catch (error) {
  turnAway(error.message);
}
