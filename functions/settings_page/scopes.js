/**
 * Scopes: what each opens, and which of them the signed-in key can give.
 *
 * `ROUTES` is the API's own table, so a scope that is added there appears here. Knows the API's two rules for
 * giving scopes in order to explain them beforehand; the API enforces them.
 */

import { ROUTES } from "./routes.js";
import { address } from "./api.js";
import { session } from "./session.js";

const EVERYTHING = "*";
const KEYS = "keys";
const MEANING = {
  runtime: "Call the Runtime API and the MCP endpoint. What most clients need.",
  keys: "Create, rotate and revoke keys of this organization. For a pipeline that rotates them.",
};
const EXAMPLE = { runtime: "api/runtime/capabilities" };
const MCP = "/api/mcp";

/** What a new key holds unless its creator says otherwise. */
export const DEFAULT = "runtime";

/** The scopes that can be chosen at all. */
export const CHOICES = Object.keys(ROUTES).filter((scope) => scope !== EVERYTHING);

export const meaning = (scope) => MEANING[scope] ?? `Opens ${paths(scope).join(" and ")}.`;

/** Why a key with `scopes` cannot be made by the signed-in key; "" when it can. */
export function whyNot(scopes) {
  if (scopes.includes(EVERYTHING)) {
    return "The scope * is given by an operator alone, who invokes the function directly.";
  }
  if (scopes.includes(KEYS) && !session.holds(EVERYTHING)) {
    return "Only a key with the scope * can give the scope keys.";
  }
  return "";
}

/** An address that a key with `scopes` can call with GET. */
export function example(scopes) {
  const [first] = scopes;
  return address(EXAMPLE[first] ?? paths(first)[0].replace(/^\/|\*$/g, ""));
}

/** The address of the MCP endpoint, or null when `scopes` do not open it. */
export const mcp = (scopes) =>
  scopes.some((scope) => paths(scope).includes(MCP)) ? address(MCP.slice(1)) : null;

const paths = (scope) => (ROUTES[scope] ?? []).map((route) => route.split(" ")[1]);
