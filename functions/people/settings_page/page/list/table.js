/**
 * The list as CSV: the rows that the filters show, as the API writes them, page by page.
 *
 * Where something is asked for, the page itself says which rows these are, once it has read the whole list: the API
 * knows neither the search nor which keys were never used, and the state `replaced` means more there. Its filters
 * only leave out beforehand what the page would leave out as well.
 */

import { api, PAGE } from "../data/api.js";
import { setStatus } from "../words/text.js";
import { isNarrowed } from "./criteria.js";

// Only the beginning of a row looks like this: within a cell, a quotation mark is doubled.
const ROW = /(?<=\r\n)(?="key_)/;

/** Saves the table as a file; `button` shows that it is being read. `shown` answers the ids that `criteria` show. */
export async function saveTable(button, criteria, keys, shown) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  setStatus("table-status", "Reading the table…");
  try {
    let ids = null;
    if (isNarrowed(criteria)) {
      await readAll(keys);
      ids = shown(criteria);
    }
    const parts = [];
    for (let query = queryOf(criteria); query; ) {
      const { text, next } = await api.table(query);
      const [head, ...rows] = text.split(ROW);
      if (parts.length === 0) parts.push(head);
      parts.push(...rows.filter((row) => ids === null || ids.has(row.slice(1, row.indexOf('"', 1)))));
      query = next;
    }
    save(new Blob(parts, { type: "text/csv" }));
    setStatus("table-status", "");
  } catch (error) {
    setStatus("table-status", `The table could not be read. ${error.message}`);
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

async function readAll(keys) {
  while (!keys.isComplete) {
    await (keys.error ? keys.again() : keys.more());
    if (keys.error) throw new Error(keys.error);
  }
}

function queryOf({ state, scope, creator, unused }) {
  return {
    limit: PAGE,
    ...(state === "all" ? { include_revoked: true } : state && state !== "active" && { state }),
    ...(scope && { scope }),
    ...(creator && { created_by: creator }),
    ...(unused && unused !== "never" && { unused_days: unused }),
  };
}

function save(blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "api-keys.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}
