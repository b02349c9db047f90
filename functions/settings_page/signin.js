/** The way in: a field for a key, and the reason why a person stands before it. */

import { element } from "./text.js";
import { session } from "./session.js";

const field = element("sign-in-key");

/** Lets a person sign in. `enter` shows the keys, or rejects when the session's key does not open them. */
export function onSignIn(enter) {
  const form = element("sign-in-form");
  const button = form.querySelector("button");
  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const key = field.value.trim();
    if (busy) return;
    if (!session.accepts(key)) {
      complain(
        key
          ? "This is not a whole key: it is a prefix, such as sk_live_…_, and 61 letters and digits."
          : "Paste a key.",
      );
      return;
    }
    busy = true;
    button.textContent = "Signing in…";
    session.begin(key);
    try {
      await enter();
      field.value = "";
    } catch (error) {
      session.end();
      field.value = key;
      complain(
        error.status === 401
          ? "This key was refused. It was mistyped, was revoked, or belongs to another API."
          : error.message,
      );
    } finally {
      busy = false;
      button.textContent = "Sign in";
    }
  });
}

/** Shows the way in, and `reason` above it. */
export function showSignIn(reason) {
  element("sign-in-reason").textContent = reason;
  element("sign-in-reason").hidden = !reason;
  field.value = "";
  complain("");
  field.focus();
}

function complain(text) {
  element("sign-in-error").textContent = text;
  field.setAttribute("aria-invalid", String(text !== ""));
  if (text) field.focus();
}
