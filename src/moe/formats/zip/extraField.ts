/** Extra fields of zip headers: a list of (id: u16, length: u16, bytes). */

const ZIP64_ID = 0x0001;

/** The zip64 field of `extra`, `undefined` if there is none, "malformed" if the list does not add up or has two. */
export function findExtra(extra: Uint8Array): DataView | undefined | "malformed" {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  let found: DataView | undefined;
  let offset = 0;
  while (offset < extra.length) {
    if (offset + 4 > extra.length) return "malformed";
    const length = view.getUint16(offset + 2, true);
    if (offset + 4 + length > extra.length) return "malformed";
    if (view.getUint16(offset, true) === ZIP64_ID) {
      if (found !== undefined) return "malformed";
      found = new DataView(extra.buffer, extra.byteOffset + offset + 4, length);
    }
    offset += 4 + length;
  }
  return found;
}
