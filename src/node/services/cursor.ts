/** Cursors that no list has given out. */
import { excerpt } from "../../core/bytes.ts";
import { AiBlockError } from "../../core/errors.ts";

export function badCursor(cursor: string): AiBlockError {
  return new AiBlockError("bad_cursor", `cursor: expected one of this list, got ${excerpt(cursor)}`, {
    parameter: "cursor",
  });
}
