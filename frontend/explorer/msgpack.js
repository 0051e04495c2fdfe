// The part of msgpack that a block's header uses: nil, integers, floats, texts, bytes, arrays. Reads what the node sent,
// so every length is checked before anything is taken.
// @ts-check

const MAX_DEPTH = 8;

/** @typedef {null | number | string | Uint8Array | Value[]} Value */

/** The value that `bytes` hold, all of them. Throws an `Error`. @param {Uint8Array} bytes @returns {Value} */
export function decode(bytes) {
  const reader = new Reader(bytes);
  const value = reader.read(0);
  if (!reader.atEnd) throw new Error("bytes after the end of the header");
  return value;
}

class Reader {
  #bytes;
  #view;
  #at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd() {
    return this.#at === this.#bytes.length;
  }

  /** @param {number} depth @returns {Value} */
  read(depth) {
    if (depth > MAX_DEPTH) throw new Error("nested too deep");
    const tag = this.#number(1, "getUint8");
    if (tag < 0x80) return tag;
    if (tag >= 0xe0) return tag - 0x100;
    if (tag >= 0x90 && tag <= 0x9f) return this.#array(tag - 0x90, depth);
    if (tag >= 0xa0 && tag <= 0xbf) return this.#text(tag - 0xa0);
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc4:
        return this.#take(this.#number(1, "getUint8"));
      case 0xc5:
        return this.#take(this.#number(2, "getUint16"));
      case 0xcb:
        return this.#number(8, "getFloat64");
      case 0xcc:
        return this.#number(1, "getUint8");
      case 0xcd:
        return this.#number(2, "getUint16");
      case 0xce:
        return this.#number(4, "getUint32");
      case 0xd3:
        return this.#number(4, "getInt32") * 2 ** 32 + this.#number(4, "getUint32");
      case 0xd9:
        return this.#text(this.#number(1, "getUint8"));
      case 0xda:
        return this.#text(this.#number(2, "getUint16"));
      case 0xdc:
        return this.#array(this.#number(2, "getUint16"), depth);
      default:
        throw new Error(`a header has no values of the kind 0x${tag.toString(16)}`);
    }
  }

  /** @param {number} length */
  #take(length) {
    if (this.#at + length > this.#bytes.length) throw new Error("the header ends too early");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** @param {number} length @param {"getUint8" | "getUint16" | "getUint32" | "getInt32" | "getFloat64"} method */
  #number(length, method) {
    const at = this.#at;
    this.#take(length);
    return this.#view[method](at);
  }

  /** @param {number} length */
  #text(length) {
    return new TextDecoder("utf-8", { fatal: true }).decode(this.#take(length));
  }

  /** @param {number} length @param {number} depth @returns {Value[]} */
  #array(length, depth) {
    /** @type {Value[]} */
    const values = [];
    for (let i = 0; i < length; i++) values.push(this.read(depth + 1));
    return values;
  }
}
