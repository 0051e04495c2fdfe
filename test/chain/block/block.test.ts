import { SampleModel } from "../../../scripts/support/sampleModel.ts";
import { hasValidSignature, MAX_SEALED_BYTES, openBlock, sealBlock } from "../../../src/chain/block/block.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { errorCode } from "../../../src/core/errors.ts";

const model = new SampleModel();
const candidate = model.candidate(model.firstVersion("head"));

test("a sealed block opens to the same id, header and signature", () => {
  for (const block of [model.meta, model.firstVersion("head"), candidate, model.attestation(candidate, 0)]) {
    const opened = openBlock(sealBlock(block));
    expect(opened.idHex).toBe(block.idHex);
    expect(opened.header).toEqual(block.header);
    expect(toHex(opened.signature)).toBe(toHex(block.signature));
    expect(hasValidSignature(opened)).toBe(true);
  }
});

test("an opened block owns its bytes: a buffer that is used again, also a Buffer, does not change it", () => {
  const buffer = Buffer.from(sealBlock(candidate));
  const opened = openBlock(buffer);
  buffer.fill(0);
  expect(hasValidSignature(opened)).toBe(true);
  expect(toHex(openBlock(sealBlock(opened)).id)).toBe(candidate.idHex);
  expect(opened.headerBytes.buffer.byteLength).toBe(opened.signature.length + opened.headerBytes.length);
});

test("lengths beyond the limits are refused with their codes", () => {
  const codeOf = (length: number) => {
    try {
      openBlock(new Uint8Array(length));
    } catch (error) {
      return errorCode(error);
    }
    return "opened";
  };
  expect(codeOf(0)).toBe("bad_encoding");
  expect(codeOf(64)).toBe("bad_encoding");
  expect(codeOf(MAX_SEALED_BYTES)).toBe("bad_encoding");
  expect(codeOf(MAX_SEALED_BYTES + 1)).toBe("header_too_large");
});
