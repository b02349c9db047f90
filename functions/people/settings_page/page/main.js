/** Settings → API: puts the parts together, and shows the way in, the keys, or why neither can be shown. */

import { Connect } from "./connect/connect.js";
import { address, api } from "./data/api.js";
import { Keys } from "./data/keys.js";
import { session } from "./data/session.js";
import { CreateDialog } from "./dialogs/create.js";
import { Dialog } from "./dialogs/dialog.js";
import { DisableDialog } from "./dialogs/disable.js";
import { RevokeDialog } from "./dialogs/revoke.js";
import { RevokeManyDialog } from "./dialogs/revoke_many.js";
import { RotateDialog } from "./dialogs/rotate.js";
import { KeyPanel } from "./key/panel.js";
import { List } from "./list/list.js";
import { Rejected, arrive, focusSignIn, onSignIn, showSignIn } from "./signin/sign_in.js";
import { DEFAULT } from "./words/scopes.js";
import { element, fill } from "./words/text.js";
import { refreshTimes } from "./words/time.js";

const keys = new Keys();
const dialogs = {
  create: new CreateDialog(keys, notify),
  rotate: new RotateDialog(keys, notify, (key, next) => dialogs.revoke.open(key, next)),
  disable: new DisableDialog(keys, notify),
  revoke: new RevokeDialog(keys, notify),
  revokeMany: new RevokeManyDialog(keys, notify),
  connect: new Dialog(element("connect")),
};
const actions = Object.fromEntries(Object.keys(dialogs).map((name) => [name, opener(name)]));
const panel = new KeyPanel(keys, notify, actions);
const list = new List(keys, actions);

function opener(name) {
  return (...subject) => {
    notify();
    dialogs[name].open(...subject);
  };
}

/** Tells the person what was done; nothing any more, when there are no `parts`. */
function notify(...parts) {
  element("notice").replaceChildren(...parts);
}

function showKeys() {
  showView("keys");
  fill(element("who"), session.person);
  element("keys-title").focus();
  keys.reload();
  followLink();
}

/** Opens the key that the address names. */
function followLink() {
  const id = /^#(key_[0-9A-Za-z]{12})$/.exec(location.hash)?.[1];
  if (id && session.isOpen) panel.open(id);
  else if (panel.isOpen) panel.close();
}

function turnAway(reason) {
  showView("sign-in");
  showSignIn(reason);
}

/** Only the API can end the session, so the page says so when it could not. */
async function signOut() {
  try {
    await api.signOut();
    session.signedOut();
  } catch (error) {
    if (session.isOpen) notify(`You are still signed in. ${error.message}`);
  }
}

function showView(view) {
  for (const name of ["loading", "broken", "sign-in", "keys"]) element(name).hidden = name !== view;
  element("who").classList.toggle("nobody", view !== "keys");
}

session.addEventListener("end", ({ detail: reason }) => {
  keys.forget();
  list.reset();
  fill(element("who"), session.person);
  notify();
  for (const dialog of [panel, ...Object.values(dialogs)]) dialog.closeWithSession();
  turnAway(reason);
});

for (const { dialog } of [panel, ...Object.values(dialogs)]) {
  // The browser gives focus back to the button that opened the dialog, unless that has gone.
  dialog.addEventListener("close", () => {
    const { activeElement } = document;
    if (activeElement !== document.body && !dialog.contains(activeElement)) return;
    if (!session.isOpen) focusSignIn();
    else if (!list.focusNext()) element("keys-title").focus();
  });
}

for (const id of ["create-open", "create-first"]) element(id).addEventListener("click", () => actions.create());
element("connect-open").addEventListener("click", () => {
  element("connect-any").replaceChildren(new Connect([DEFAULT]).element);
  dialogs.connect.open("connect");
});
element("found").addEventListener("click", ({ target }) => {
  const button = target.closest("[data-action]");
  if (button) actions[button.dataset.action](keys.known(button.closest("[data-key]").dataset.key));
});
element("sign-out").addEventListener("click", signOut);
element("reload").addEventListener("click", () => location.reload());
element("base").textContent = address("").replace(/\/$/, "");
setInterval(refreshTimes, 30_000);
addEventListener("hashchange", () => {
  // A link with a ticket that is followed in the open page changes no more than the fragment.
  if (location.hash.startsWith("#ticket=")) location.reload();
  else followLink();
});
onSignIn(showKeys);

try {
  if (await arrive()) showKeys();
  else turnAway("");
} catch (error) {
  if (error instanceof Rejected) turnAway(error.message);
  else {
    showView("broken");
    element("broken-reason").textContent = error.message;
    element("reload").focus();
  }
}
