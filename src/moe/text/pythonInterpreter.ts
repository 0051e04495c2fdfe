/**
 * Where the template library computes something else than Python does, with no error to show for it, and published
 * templates depend on it: `strip`, `lstrip` and `rstrip` with a set of characters (the library ignores it), `==` and
 * `!=` (the library uses JavaScript's, where '7' equals 7), and a few string methods that it lacks.
 */
import {
  Environment,
  Interpreter,
  type JinjaEnvironment,
  type RuntimeValue,
  type TemplateNode,
} from "./jinjaLibrary.ts";
import { callStringMethod, isStringMethod } from "./pythonStrings.ts";

interface CallNode {
  readonly callee: TemplateNode & {
    readonly type: string;
    readonly computed?: boolean;
    readonly object?: TemplateNode;
    readonly property?: { readonly type: string; readonly value: string };
  };
  readonly args: readonly (TemplateNode & { readonly type: string })[];
}

interface BinaryNode {
  readonly operator: { readonly value: string };
  readonly left: TemplateNode;
  readonly right: TemplateNode;
}

export class PythonInterpreter extends Interpreter {
  override evaluate(node: TemplateNode | undefined, environment: JinjaEnvironment): RuntimeValue {
    const { type } = (node ?? { type: "" }) as { type: string };
    if (type === "CallExpression") {
      const called = this.#stringMethod(node as unknown as CallNode, environment);
      if (called !== undefined) return called;
    }
    if (type === "BinaryExpression") {
      const { operator, left, right } = node as unknown as BinaryNode;
      if (operator.value === "==" || operator.value === "!=") {
        const equal = equals(this.evaluate(left, environment), this.evaluate(right, environment));
        return toRuntimeValue(operator.value === "==" ? equal : !equal);
      }
    }
    return super.evaluate(node, environment);
  }

  #stringMethod({ callee, args }: CallNode, environment: JinjaEnvironment): RuntimeValue | undefined {
    if (callee.type !== "MemberExpression" || callee.computed === true || callee.object === undefined) return undefined;
    const name = callee.property?.value ?? "";
    if (!isStringMethod(name) || args.some(({ type }) => type.startsWith("Keyword") || type.startsWith("Spread"))) {
      return undefined;
    }
    const object = this.evaluate(callee.object, environment);
    if (object.type !== "StringValue") throw new TypeError(`${object.type} has no method ${name}`);
    const values = args.map((argument) => this.evaluate(argument, environment).value);
    return toRuntimeValue(callStringMethod(object.value as string, name, values));
  }
}

/** The library's value for a plain one. */
function toRuntimeValue(value: unknown): RuntimeValue {
  return new Environment().set("value", value);
}

/** Python's `==`: numbers and booleans by value, texts by text, lists and mappings by what they hold. */
function equals(left: RuntimeValue, right: RuntimeValue): boolean {
  const pending: [RuntimeValue, RuntimeValue][] = [[left, right]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [a, b] = pair;
    if (kindOf(a) !== kindOf(b)) return false;
    if (Array.isArray(a.value) && Array.isArray(b.value)) {
      if (a.value.length !== b.value.length) return false;
      for (const [i, item] of a.value.entries()) pending.push([item, b.value[i]]);
    } else if (a.value instanceof Map && b.value instanceof Map) {
      if (a.value.size !== b.value.size) return false;
      for (const [key, item] of a.value) {
        if (!b.value.has(key)) return false;
        pending.push([item, b.value.get(key)]);
      }
    } else if (kindOf(a) === "number" ? Number(a.value) !== Number(b.value) : a.value !== b.value) {
      return false;
    }
  }
  return true;
}

/** Types whose values can be equal. */
function kindOf({ type }: RuntimeValue): string {
  return ["IntegerValue", "FloatValue", "BooleanValue"].includes(type) ? "number" : type;
}
