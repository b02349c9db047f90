/**
 * Scopes: what each opens, and which of them the signed-in key can give.
 *
 * `ROUTES` is the API's own table, so a scope that is added there appears here. `GIVERS` says who gives each, in
 * order to explain it beforehand; the API enforces it.
 */

import { GIVERS, ROUTES } from "./routes.js";
import { address } from "./api.js";
import { session } from "./session.js";

const EVERYTHING = "*";
const OPERATOR = "operator";
const MEANING = {
  runtime: "Call the Runtime API and the MCP endpoint. What most clients need.",
  keys: "Create, rotate and revoke keys of this organization. For a pipeline that rotates them.",
};
const EXAMPLE = { runtime: "api/runtime/capabilities" };
const OTHER_API = "https://your-api.example";
const MCP = "/api/mcp";

/** What a new key holds unless its creator says otherwise. */
export const DEFAULT = "runtime";

/** The scopes that can be chosen at all. */
export const CHOICES = Object.keys(ROUTES).filter((scope) => GIVERS[scope] !== OPERATOR);

export const meaning = (scope) => MEANING[scope] ?? `Opens ${routes(scope).map(({ path }) => path).join(" and ")}.`;

/** Why a key with `scopes` cannot be made by the signed-in key; "" when it can. */
export function whyNot(scopes) {
  const given = (by) => scopes.find((scope) => (GIVERS[scope] ?? EVERYTHING) === by);
  if (given(OPERATOR)) {
    return `The scope ${given(OPERATOR)} is given by an operator alone, who invokes the function directly.`;
  }
  if (given(EVERYTHING) && !session.admin) {
    return `To give the scope ${given(EVERYTHING)}, ask an admin of ${session.who.organization_name}.`;
  }
  return "";
}

/** An address that a key with `scopes` can call; of an API elsewhere, whose address is not known here, its path. */
export function example(scopes) {
  const [first] = scopes;
  const [route] = routes(first).sort((one, other) => other.isOwn - one.isOwn);
  const { isOwn, path } = route ?? { isOwn: true, path: "/" };
  if (!isOwn) return OTHER_API + path.replace(/\*$/, "");
  return address(EXAMPLE[first] ?? path.replace(/^\/|\*$/g, ""));
}

/** The address of the MCP endpoint, or null when `scopes` do not open it. */
export const mcp = (scopes) =>
  scopes.some((scope) => routes(scope).some(({ isOwn, path }) => isOwn && path === MCP)) ? address(MCP.slice(1)) : null;

const routes = (scope) =>
  (ROUTES[scope] ?? []).map((route) => {
    const [call, path] = route.split(" ");
    return { isOwn: !call.includes(":"), path };
  });
