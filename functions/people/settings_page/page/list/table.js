/**
 * The list as CSV: what the filters show, as the API writes it, page by page. The API knows neither the search nor
 * which keys were never used: the table then holds more, with the time of last use in a column.
 */

import { api } from "../data/api.js";
import { setStatus } from "../words/text.js";

const PAGE = 100;

/** Saves the table as a file; `button` shows that it is being read. */
export async function saveTable(button, criteria) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  setStatus("table-status", "Reading the table…");
  try {
    const pages = [];
    for (let query = queryOf(criteria); query; ) {
      const { text, next } = await api.table(query);
      pages.push(pages.length === 0 ? text : withoutHead(text));
      query = next;
    }
    save(new Blob(pages, { type: "text/csv" }));
    setStatus("table-status", "");
  } catch (error) {
    setStatus("table-status", `The table could not be read. ${error.message}`);
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

function queryOf({ state, scope, creator, unused }) {
  return {
    limit: PAGE,
    ...(state === "all" ? { include_revoked: true } : state && { state }),
    ...(scope && { scope }),
    ...(creator && { created_by: creator }),
    ...(unused && unused !== "never" && { unused_days: unused }),
  };
}

const withoutHead = (text) => text.slice(text.indexOf("\r\n") + 2);

function save(blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "api-keys.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}
