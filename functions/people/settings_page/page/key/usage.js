/**
 * How often a key was used: a chart of the last 30 days, and the same as a table.
 *
 * Owns the drawing. One bar for each day, of three parts: calls that were answered, calls that the key's scopes
 * did not allow (403), and calls that failed otherwise. The parts differ in pattern and not in colour alone, and
 * a single call can be seen however many others there are.
 */

import { api } from "../data/api.js";
import { TRACKS_USAGE } from "../data/deployment.js";
import { fill, slot } from "../words/text.js";

const DAYS = 30;
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 20;
const GAP = 4;
const HEIGHT = 120;

// The least height of a part, and the space above it. Two parts may be that small on top of a day's largest, so
// the line that stands for the busiest day is as much below the upper edge.
const LEAST = 3;
const SPACE = 2;
const HEADROOM = 2 * (LEAST + SPACE);

// Dates are days in UTC, and are shown as such.
const DATE = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });
const NUMBER = new Intl.NumberFormat("en");

/** The parts of a bar from the ground up: the class that they are drawn with, and how many calls they stand for. */
const PARTS = [
  ["answered", (day) => day.succeeded],
  ["refused", (day) => day.refused],
  ["failed", (day) => day.client_errors + day.server_errors],
];

export class Usage {
  #section;
  #id;

  constructor(section) {
    this.#section = section;
  }

  /** Shows the calls with `key`. */
  async show({ id }) {
    this.#id = id;
    slot(this.#section, "chart").hidden = true;
    fill(this.#section, { summary: "Reading…" });
    let text;
    try {
      const { days } = await read(id);
      if (this.#id === id) this.#draw(days);
      return;
    } catch (error) {
      text = error.message;
    }
    if (this.#id === id) fill(this.#section, { summary: text });
  }

  #draw(days) {
    const total = (count) => NUMBER.format(days.reduce((sum, day) => sum + count(day), 0));
    const busiest = Math.max(...days.map((day) => day.calls));
    if (busiest === 0) {
      fill(this.#section, { summary: `No calls in the last ${days.length} days.` });
      return;
    }
    fill(this.#section, {
      summary: `${total((day) => day.calls)} calls in the last ${days.length} days, ${NUMBER.format(busiest)} on the busiest`,
      most: `${NUMBER.format(busiest)} ${busiest === 1 ? "call" : "calls"}`,
      first: DATE.format(new Date(days[0].date)),
      ...Object.fromEntries(PARTS.map(([name, count]) => [name, total(count)])),
    });
    slot(this.#section, "bars").replaceChildren(...bars(days));
    slot(this.#section, "days").replaceChildren(...days.map(row));
    slot(this.#section, "chart").hidden = false;
  }
}

async function read(id) {
  if (!TRACKS_USAGE) throw new Error("The use of keys is not recorded here.");
  return api.usage(id, DAYS).catch((error) => {
    throw error.status === 404 ? new Error("The use of this key is not recorded.") : error;
  });
}

function* bars(days) {
  const unit = HEIGHT / Math.max(1, ...days.map((day) => day.calls));
  for (const [index, day] of days.entries()) {
    let top = HEADROOM + HEIGHT;
    for (const [name, count] of PARTS) {
      if (count(day) === 0) continue;
      const height = Math.max(LEAST, count(day) * unit - SPACE);
      top -= height;
      yield bar(name, { x: index * (WIDTH + GAP), y: top, width: WIDTH, height });
      top -= SPACE;
    }
  }
}

function bar(name, place) {
  const rect = document.createElementNS(SVG, "rect");
  rect.classList.add(name);
  const attributes = { ...place, fill: `url(#${name}-fill)` };
  for (const [attribute, value] of Object.entries(attributes)) rect.setAttribute(attribute, value);
  return rect;
}

function row(day) {
  const line = document.createElement("tr");
  const date = document.createElement("th");
  date.scope = "row";
  date.textContent = DATE.format(new Date(day.date));
  line.append(date);
  for (const [, count] of PARTS) line.insertCell().textContent = NUMBER.format(count(day));
  return line;
}
