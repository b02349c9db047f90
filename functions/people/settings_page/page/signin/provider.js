/**
 * Signing in with the team's identity provider: authorization code with PKCE.
 *
 * Owns the way there and back. The code is exchanged by the API, so no token ever reaches this page. What the two
 * halves share is kept in this tab for as long as the person is away, and is worth nothing once it was used.
 * https://datatracker.ietf.org/doc/html/rfc7636
 */

const SLOT = "settings-sign-in";
const HERE = location.origin + location.pathname;
const NO_STORAGE = "This browser stores no data for this page, so you cannot sign in. Allow site data, and sign in again.";

/** Sends the person to the provider. */
export async function leave({ endpoint, client_id }) {
  const kept = { state: random(), nonce: random(), verifier: random() };
  try {
    sessionStorage.setItem(SLOT, JSON.stringify(kept));
  } catch {
    throw new Error(NO_STORAGE);
  }
  const url = new URL(endpoint);
  const asked = {
    response_type: "code",
    client_id,
    redirect_uri: HERE,
    scope: "openid profile email",
    state: kept.state,
    nonce: kept.nonce,
    code_challenge: await challenge(kept.verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  location.assign(url);
}

/**
 * What the person came back with, once: what the API needs, or `{ refusal }` in words; null for whoever was not
 * away. The address is cleaned first, so that neither a reload nor a bookmark repeats it.
 */
export function comeBack() {
  const sent = new URLSearchParams(location.search);
  if (!sent.has("state")) return null;
  history.replaceState(null, "", HERE);
  const kept = take();
  if (sent.get("state") !== kept.state) {
    return { refusal: "This sign-in was not begun in this tab. Sign in again." };
  }
  if (!sent.has("code")) {
    return { refusal: "The identity provider did not sign you in. Sign in again, or ask its administrator." };
  }
  return { code: sent.get("code"), verifier: kept.verifier, nonce: kept.nonce, redirect_uri: HERE };
}

/** What was kept, once. */
function take() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(SLOT) ?? "{}");
    sessionStorage.removeItem(SLOT);
    return kept;
  } catch {
    return {};
  }
}

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, (sign) => ({ "+": "-", "/": "_", "=": "" })[sign]);

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function challenge(verifier) {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}
