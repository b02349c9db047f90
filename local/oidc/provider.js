/**
 * An OpenID provider on this machine, for `make run-oidc` and its tests: `node provider.js PORT`.
 *
 * Owns its accounts, in two organizations and none. Any password will do. It keeps all in memory, its key too, and
 * prints its issuer once it answers. https://github.com/panva/node-oidc-provider
 */

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";

import { interactionPolicy, Provider } from "oidc-provider";

const ACCOUNTS = {
  ada: { name: "Ada Lovelace", org_id: "org_acme", org_name: "Acme", role: "admin" },
  grace: { name: "Grace Hopper", org_id: "org_acme", org_name: "Acme", role: "member" },
  mallory: { name: "Mallory", org_id: "org_globex", org_name: "Globex", role: "admin" },
  nobody: { name: "Nobody" },
};

const CLIENT = {
  client_id: "settings-page",
  // Loopback with any port: https://datatracker.ietf.org/doc/html/rfc8252#section-7.3
  application_type: "native",
  redirect_uris: ["http://127.0.0.1/settings/api"],
  grant_types: ["authorization_code"],
  response_types: ["code"],
  token_endpoint_auth_method: "none",
};

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const signingKey = { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: "RS256" };

// Nobody is asked for consent: the page is the team's own. A provider would ask before each sign-in to a native client.
const policy = interactionPolicy.base();
policy.get("consent").checks.remove("native_client_prompt");

const server = createServer();
server.listen(Number(process.argv[2]), "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [CLIENT],
    jwks: { keys: [signingKey] },
    cookies: { keys: [randomUUID()] },
    claims: { openid: ["sub", "org_id", "org_name", "role"], profile: ["name"], email: ["email"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    interactions: { policy },
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope("openid profile email");
      await grant.save();
      return grant;
    },
    findAccount: (_, id) =>
      id in ACCOUNTS && { accountId: id, claims: () => ({ sub: id, email: `${id}@example.com`, ...ACCOUNTS[id] }) },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
