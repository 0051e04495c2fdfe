/**
 * A strict scanner for the JSON that weight files carry (safetensors headers, shard indexes).
 *
 * `JSON.parse` keeps the last of two equal keys, rounds numbers above 2^53, takes `1e3` for an integer and recurses.
 * Here the caller walks the text token by token: duplicates are the caller's to refuse, integers are decimal without
 * sign, fraction or exponent, and unknown values are skipped iteratively with a bound on nesting.
 */
import { excerpt } from "../../core/bytes.ts";
import { type FormatErrorCode, formatError } from "./errors.ts";
import { MAX_NESTING } from "./limits.ts";

const WHITESPACE = /[ \t\n\r]*/y;
// What a string may hold unescaped. Kept apart from the escapes: one pattern with an alternative inside a repetition
// would need regular-expression stack in proportion to the string.
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const INTEGER = /(?:0|[1-9][0-9]{0,15})(?![0-9.eE])/y;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)/y;

export class StrictJson {
  readonly #text: string;
  readonly #code: FormatErrorCode;
  readonly #what: string;
  #position = 0;

  /** `code` and `what` are for the errors: `what` names the file part, such as "header of model.safetensors". */
  constructor(text: string, code: FormatErrorCode, what: string) {
    this.#text = text;
    this.#code = code;
    this.#what = what;
  }

  /** The next character that is not white space, or "" at the end; consumes only the white space. */
  peek(): string {
    this.#match(WHITESPACE);
    return this.#text.charAt(this.#position);
  }

  /** Consumes `character`. */
  expect(character: string): void {
    if (this.peek() !== character) this.fail(`expected ${JSON.stringify(character)}`);
    this.#position += 1;
  }

  /** Consumes `character` if it comes next. */
  accept(character: string): boolean {
    if (this.peek() !== character) return false;
    this.#position += 1;
    return true;
  }

  string(): string {
    this.expect('"');
    const start = this.#position - 1;
    let escaped = false;
    for (;;) {
      this.#match(PLAIN);
      if (this.#text.charAt(this.#position) === '"') break;
      if (this.#match(ESCAPE) === undefined) return this.fail("expected a string");
      escaped = true;
    }
    this.#position += 1;
    const token = this.#text.slice(start, this.#position);
    const value: string = escaped ? JSON.parse(token) : token.slice(1, -1);
    if (!value.isWellFormed()) this.fail("a string holds half a surrogate pair");
    return value;
  }

  /** A non-negative integer of at most 2^53 - 1. */
  integer(): number {
    this.peek();
    const token = this.#match(INTEGER);
    const value = Number(token);
    if (token === undefined || !Number.isSafeInteger(value)) return this.fail("expected an integer from 0 to 2^53 - 1");
    return value;
  }

  /** Calls `member` for each key of an object; `member` consumes the value. */
  object(member: (key: string) => void): void {
    this.expect("{");
    if (this.accept("}")) return;
    do {
      const key = this.string();
      this.expect(":");
      member(key);
    } while (this.accept(","));
    this.expect("}");
  }

  /** Calls `element` for each element of an array; `element` consumes it. */
  array(element: () => void): void {
    this.expect("[");
    if (this.accept("]")) return;
    do element();
    while (this.accept(","));
    this.expect("]");
  }

  /** Consumes any value. */
  skip(): void {
    const closers: string[] = [];
    do {
      const next = this.peek();
      if (next === "{" || next === "[") {
        if (closers.length >= MAX_NESTING) this.fail(`nested deeper than ${MAX_NESTING}`);
        this.#position += 1;
        closers.push(next === "{" ? "}" : "]");
        if (!this.accept(closers.at(-1) as string)) {
          if (next === "{") this.#key();
          continue;
        }
        closers.pop();
      } else if (next === '"') {
        this.string();
      } else if (this.#match(SCALAR) === undefined) {
        this.fail("expected a value");
      }
      this.#afterValue(closers);
    } while (closers.length > 0);
  }

  /** Only white space may be left. */
  end(): void {
    if (this.peek() !== "") this.fail("expected the end");
  }

  fail(reason: string): never {
    const at = this.#position;
    const found = excerpt(this.#text.slice(at, at + 24));
    throw formatError(this.#code, `${this.#what}: ${reason} at character ${at}, got ${found}`, { at });
  }

  #key(): void {
    this.string();
    this.expect(":");
  }

  /** Closes what ends here; afterwards either nothing is open or the next value follows. */
  #afterValue(closers: string[]): void {
    while (closers.length > 0) {
      const closer = closers.at(-1) as string;
      if (this.accept(",")) {
        if (closer === "}") this.#key();
        return;
      }
      this.expect(closer);
      closers.pop();
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#position = pattern.lastIndex;
    return match[0];
  }
}

/** The text of UTF-8 bytes. Throws `code` for anything that is not UTF-8, and for a byte order mark. */
export function decodeUtf8(bytes: Uint8Array, code: FormatErrorCode, what: string): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.startsWith("\ufeff")) return text;
  } catch (error) {
    throw formatError(code, `${what}: expected UTF-8`, {}, { cause: error });
  }
  throw formatError(code, `${what}: expected no byte order mark`);
}
