/**
 * What this deployment tells the page, once for every visitor: its scopes and who gives them, whether it records
 * the use of keys, how its secrets begin, and which characters show nothing.
 */

const TOLD = JSON.parse(document.getElementById("deployment").textContent);

/** Scope → the routes that it opens, each "VERB /path", or "API_ID:VERB /path" for an API of another stack. */
export const ROUTES = TOLD.routes;

/** Scope → who gives it: a key with the scope "keys", one with "*", or an "operator" alone. */
export const GIVERS = TOLD.givers;

export const TRACKS_USAGE = TOLD.tracks_usage;

/** Such as "sk_live_copia_". */
export const KEY_PREFIX = TOLD.key_prefix;

/** The first and the last of each range of code points that leave no trace of their own, or turn text around. */
export const INVISIBLE = TOLD.invisible;

/** The address of this API: the page may stand at /settings/api, below a stage, or behind a custom domain. */
export const API = new URL("../", document.baseURI);
