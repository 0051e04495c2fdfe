// A list of blocks.
// @ts-check
import { el } from "../lib/dom.js";
import { age, bytes, date } from "../lib/format.js";
import { authorLink, blockLink, slotLink, typeMark } from "../lib/links.js";
import { table } from "../lib/table.js";

/** @param {readonly any[]} blocks @param {string} caption */
export function blockTable(blocks, caption) {
  return el(
    "div",
    { class: "table-frame" },
    table(
      [
        { name: "Block", cell: ({ id }) => blockLink(id) },
        { name: "Type", cell: ({ type }) => typeMark(type) },
        { name: "Slot", cell: ({ model, slot }) => (slot === null || model === null ? "–" : slotLink(model, slot)) },
        { name: "Height", number: true, cell: ({ height }) => height },
        {
          name: "Payload",
          number: true,
          cell: ({ payload }) => el("span", { class: "nowrap" }, payload === null ? "–" : bytes(payload.bytes)),
        },
        { name: "Author", cell: ({ author }) => authorLink(author) },
        { name: "Time", cell: ({ time_ms }) => el("span", { class: "nowrap", title: date(time_ms) }, age(time_ms)) },
      ],
      blocks,
      caption,
    ),
  );
}

/** A table that grows by a page at a press. @param {(cursor: string | null) => Promise<{ items: any[], next_cursor: string | null }>} read @param {string} caption */
export async function pagedBlocks(read, caption) {
  const frame = el("div");
  /** @type {any[]} */
  const all = [];
  const more = el("button", { class: "button small pager", type: "button" }, "Show more");
  /** @type {string | null} */
  let cursor = null;
  const add = async () => {
    more.disabled = true;
    const page = await read(cursor).finally(() => {
      more.disabled = false;
    });
    all.push(...page.items);
    cursor = page.next_cursor;
    frame.replaceChildren(
      all.length === 0 ? el("p", { class: "empty" }, "There are no such blocks.") : blockTable(all, caption),
      ...(cursor === null ? [] : [more]),
    );
  };
  more.addEventListener("click", () => void add());
  await add();
  return frame;
}
