/**
 * How each client is told of this API: a file, a command or a form, with ${RUNTIME_KEY} in place of the secret.
 *
 * Owns these texts alone; each follows the client's own documentation, whose address stands beside it. Must never
 * hold a secret: what is copied from here may be committed.
 */

const VARIABLE = "RUNTIME_KEY";
const NAME = "runtime";

// Asks for the secret without showing it, so that it is in no shell's history.
const SET = {
  label: `Set ${VARIABLE} in your shell; paste the secret when it waits`,
  text: `read -rs ${VARIABLE} && export ${VARIABLE}`,
};

const json = (value) => JSON.stringify(value, null, 2);
const bearer = (value) => ({ Authorization: `Bearer ${value}` });

/** The clients of an MCP endpoint at `url`. */
export const mcpClients = (url) => [
  {
    id: "claude-code",
    name: "Claude Code",
    docs: "https://code.claude.com/docs/en/mcp",
    steps: [
      SET,
      {
        label: "Put this into .mcp.json in your project, then start Claude Code in that shell, and approve the server",
        text: json({
          mcpServers: { [NAME]: { type: "http", url, headers: bearer(`\${${VARIABLE}}`) } },
        }),
      },
    ],
  },
  {
    id: "cursor",
    name: "Cursor",
    docs: "https://cursor.com/docs/mcp",
    steps: [
      SET,
      {
        label: "Put this into .cursor/mcp.json in your project, then start Cursor from that shell",
        text: json({ mcpServers: { [NAME]: { url, headers: bearer(`\${env:${VARIABLE}}`) } } }),
      },
    ],
  },
  {
    id: "vs-code",
    name: "VS Code",
    docs: "https://code.visualstudio.com/docs/agents/reference/mcp-configuration",
    steps: [
      {
        label: "Put this into .vscode/mcp.json in your project. VS Code asks for the secret once, and stores it securely",
        text: json({
          inputs: [{ type: "promptString", id: VARIABLE, description: "Runtime API key", password: true }],
          servers: { [NAME]: { type: "http", url, headers: bearer(`\${input:${VARIABLE}}`) } },
        }),
      },
    ],
  },
  {
    id: "claude-ai",
    name: "Claude.ai",
    docs: "https://support.claude.com/en/articles/11175166-get-started-with-custom-connectors-using-remote-mcp",
    steps: [
      { label: "In Claude, under Customize, Connectors, add a custom connector with this URL. In a team, an owner does so in the organization’s settings", text: url },
      {
        label: "Under request headers, add Authorization with this value, the secret in its place",
        text: bearer(`\${${VARIABLE}}`).Authorization,
      },
    ],
  },
];

/** Programs that make the call `verb` of `url`. */
export const programs = (verb, url) => [
  {
    id: "curl",
    name: "curl",
    steps: [
      SET,
      {
        label: "Then call the API",
        text: `curl ${verb === "GET" ? "" : `-X ${verb} `}${url} \\\n  -H "Authorization: Bearer $${VARIABLE}"`,
      },
    ],
  },
  {
    id: "python",
    name: "Python",
    steps: [
      SET,
      {
        label: "Then call the API (pip install httpx)",
        text: [
          "import os",
          "",
          "import httpx",
          "",
          `response = httpx.${verb.toLowerCase()}(`,
          `    "${url}",`,
          `    headers={"Authorization": f"Bearer {os.environ['${VARIABLE}']}"},`,
          ")",
          "response.raise_for_status()",
          "print(response.json())",
        ].join("\n"),
      },
    ],
  },
  {
    id: "typescript",
    name: "TypeScript",
    steps: [
      SET,
      {
        label: "Then call the API",
        text: `const response = await fetch("${url}", {
  ${verb === "GET" ? "" : `method: "${verb}",\n  `}headers: { Authorization: \`Bearer \${process.env.${VARIABLE}}\` },
});
if (!response.ok) throw new Error(await response.text());
console.log(await response.json());`,
      },
    ],
  },
];
