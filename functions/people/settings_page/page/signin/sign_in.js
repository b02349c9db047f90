/** The way in: a link with a ticket, an identity provider, or a key; and why a person stands before it. */

import { api } from "../data/api.js";
import { KEY_PREFIX } from "../data/deployment.js";
import { session } from "../data/session.js";
import { secretIn } from "../words/secret_format.js";
import { element } from "../words/text.js";
import { comeBack, leave } from "./provider.js";

const REFUSED = "This key was refused. It was mistyped, was revoked, or belongs to another API.";

const field = element("sign-in-key");
const provider = element("sign-in-provider");

/** Lets a person sign in. `enter` shows the keys. */
export function onSignIn(enter) {
  const form = element("sign-in-form");
  oneAtATime(form, "submit", form.querySelector("button"), complain, async () => {
    const key = secretIn(field.value);
    if (!key) {
      complain(
        field.value.trim()
          ? `This is not a whole key: ${KEY_PREFIX} and 61 letters and digits.`
          : "Paste a key.",
      );
      return;
    }
    await begin({ key });
    field.value = "";
    enter();
  });
  oneAtATime(provider, "click", provider, explain, async () => leave(await api.provider()));
}

/**
 * Signs in whoever comes with a ticket or from the provider, or is signed in already. Whether anybody is.
 *
 * Throws a `Rejected` with what to say at the way in, or whatever kept the page from learning of any way in.
 */
export async function arrive() {
  const { signed_in: signedIn, doors } = await api.doors();
  for (const id of ["sign-in-form", "sign-in-no-key"]) element(id).hidden = !doors.includes("key");
  provider.hidden = !doors.includes("provider");
  element("sign-in-elsewhere").hidden = doors.length > 0;
  const returned = comeBack();
  const ticket = takeTicket();
  if (returned?.refusal) throw new Rejected(returned.refusal);
  if (!ticket && !returned) {
    if (signedIn) await resume();
    return session.isOpen;
  }
  await begin(ticket ? { ticket } : { provider: returned }).catch(({ message }) => {
    throw new Rejected(message);
  });
  return true;
}

/** A sign-in that was begun did not succeed. */
export class Rejected extends Error {}

/** Shows the way in, and `reason` above it. */
export function showSignIn(reason) {
  explain(reason);
  field.value = "";
  complain("");
  focusSignIn();
}

/** Puts the focus where a person signs in. */
export function focusSignIn() {
  [field, provider, element("sign-in-title")].find((one) => one.checkVisibility())?.focus();
}

async function begin(presented) {
  session.begin(await api.signIn(presented));
}

async function resume() {
  try {
    session.begin(await api.who());
  } catch (error) {
    if (error.status !== 401) throw error;
  }
}

/** The ticket in the address, which is cleaned at once: neither a reload nor the history shall repeat it. */
function takeTicket() {
  const ticket = new URLSearchParams(location.hash.slice(1)).get("ticket");
  if (ticket) history.replaceState(null, "", location.pathname);
  return ticket;
}

/** Does `act` once at a time, and says what went wrong. */
function oneAtATime(target, event, button, showError, act) {
  const text = button.textContent;
  let busy = false;
  target.addEventListener(event, async (happened) => {
    happened.preventDefault();
    if (busy) return;
    busy = true;
    button.textContent = "Signing in…";
    try {
      await act();
    } catch (error) {
      showError(error.status === 401 ? REFUSED : error.message);
    } finally {
      busy = false;
      button.textContent = text;
    }
  });
}

function explain(text) {
  element("sign-in-reason").textContent = text;
  element("sign-in-reason").hidden = !text;
}

function complain(text) {
  element("sign-in-error").textContent = text;
  field.setAttribute("aria-invalid", String(text !== ""));
  if (text && field.checkVisibility()) field.focus();
}
