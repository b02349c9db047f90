/**
 * Scopes in words: what each lets a key do, and who can give it.
 *
 * `ROUTES` is the API's own table, so a scope that is added there appears here. `GIVERS` says who gives each, in
 * order to explain it beforehand; the API enforces it.
 */

import { address } from "../data/api.js";
import { GIVERS, ROUTES } from "../data/deployment.js";
import { session } from "../data/session.js";

export const EVERYTHING = "*";
const OPERATOR = "operator";
const WORDS = {
  runtime: ["Runtime API", "Call the Runtime API and the MCP endpoint. What most clients need."],
  keys: ["Manage keys", "Create, rotate and revoke keys of this organization. For a pipeline that rotates them."],
  verify: ["Verify keys", "Check a key and learn whose it is. For your own services that this API does not protect."],
  [EVERYTHING]: ["Full access", "Call everything. For an operator’s own keys."],
};
// Of what these open below a star, this answers every key.
const EXAMPLE = { runtime: "GET /api/runtime/capabilities", [EVERYTHING]: "GET /api/runtime/capabilities" };
const NO_CALL = { isOwn: true, verb: "GET", path: "/" };
const OTHER_API = "https://your-api.example";
const MCP = "/api/mcp";

/** What a new key holds unless its creator says otherwise. */
export const DEFAULT = "runtime";

/** The scopes that can be chosen at all. */
export const CHOICES = Object.keys(ROUTES).filter((scope) => GIVERS[scope] !== OPERATOR);

/** The scope's name for people; a scope of the deployment's own has no other than the one that it was given. */
export const scopeName = (scope) => WORDS[scope]?.[0] ?? scope;

export const meaning = (scope) =>
  WORDS[scope]?.[1] ?? `Call ${routes(scope).map(({ path }) => path).join(" and ") || "nothing any more"}.`;

/** Why a key with `scopes` cannot be made by whoever is signed in; "" when it can. */
export function whyNot(scopes) {
  const given = (by) => scopes.find((scope) => (GIVERS[scope] ?? EVERYTHING) === by);
  if (given(OPERATOR)) {
    return `A key with “${scopeName(given(OPERATOR))}” is made by an operator with access to the AWS account.`;
  }
  if (given(EVERYTHING) && !session.isAdmin) {
    return `To give “${scopeName(given(EVERYTHING))}”, ask an admin of ${session.person.organization}.`;
  }
  return "";
}

/**
 * A call that a key with `scopes` can make: `{ verb, url, isTestable }`. `isTestable` tells whether the page can make it:
 * it reads a path of this API that is known whole. Of an API elsewhere only the path is known here.
 */
export function exampleOf(scopes) {
  const calls = scopes.flatMap((scope) => (Object.hasOwn(EXAMPLE, scope) ? [routeOf(EXAMPLE[scope])] : routes(scope)));
  const isTestable = ({ isOwn, verb, path }) => isOwn && verb === "GET" && !path.endsWith("*");
  const call = calls.find(isTestable) ?? calls.find(({ isOwn }) => isOwn) ?? calls[0] ?? NO_CALL;
  const { isOwn, verb, path } = call;
  const start = path.replace(/\*$/, "");
  return { verb, url: isOwn ? address(start.slice(1)) : OTHER_API + start, isTestable: calls.some(isTestable) };
}

/** The address of the MCP endpoint, or null when `scopes` do not open it. */
export const endpointOf = (scopes) =>
  scopes.some((scope) => scope === EVERYTHING || routes(scope).some(({ isOwn, path }) => isOwn && path === MCP))
    ? address(MCP.slice(1))
    : null;

const routes = (scope) => (ROUTES[scope] ?? []).map(routeOf);

/** A route as it is written; ANY verb is GET here. */
function routeOf(route) {
  const [call, path] = route.split(" ");
  const verb = call.slice(call.indexOf(":") + 1);
  return { isOwn: !call.includes(":"), verb: verb === "ANY" ? "GET" : verb, path };
}
