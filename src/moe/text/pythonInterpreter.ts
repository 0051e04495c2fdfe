/**
 * Where the template library computes something else than Python and Jinja2 do, and published templates depend on it:
 *
 * - methods of strings: sets of characters to strip, and a few that it lacks (`pythonStrings.ts`)
 * - operators: `==` compares by JavaScript's rules, `~` refuses what is no text, `*` does not repeat a text
 * - output: values that are no text are written as JavaScript or JSON has them (`pythonText.ts`)
 * - what is not defined: its members are silently nothing, its filters and loops fail (`undefinedValues.ts`)
 */
import {
  Interpreter,
  type JinjaEnvironment,
  type RuntimeValue,
  type TemplateNode,
  toRuntimeValue,
} from "./jinjaLibrary.ts";
import { BINARY_OPERATORS } from "./pythonOperators.ts";
import { callStringMethod, isStringMethod } from "./pythonStrings.ts";
import { pythonText } from "./pythonText.ts";
import { filterUndefined } from "./undefinedValues.ts";

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

/** Nodes that give the text of their block, or nothing, instead of a value to show. */
const STATEMENTS = new Set([
  "If",
  "For",
  "Break",
  "Continue",
  "Set",
  "Macro",
  "Comment",
  "FilterStatement",
  "CallStatement",
]);

/** A node that is a value already: hands evaluated operands to the library, which would evaluate them again. */
const EVALUATED = "Evaluated";

export class PythonInterpreter extends Interpreter {
  /** Nodes whose value is asked for a member, and those that a loop goes through. */
  readonly #owners = new WeakSet<TemplateNode>();
  readonly #iterables = new WeakSet<TemplateNode>();

  override evaluate(node: TemplateNode | undefined, environment: JinjaEnvironment): RuntimeValue {
    const value = this.#evaluate(node, environment);
    if (node === undefined || (value.type !== "UndefinedValue" && value.type !== "StringValue")) return value;
    if (value.type === "UndefinedValue" && this.#owners.has(node)) {
      throw new TypeError("a member of something that is not defined");
    }
    if (!this.#iterables.has(node)) return value;
    return toRuntimeValue(value.type === "StringValue" ? Array.from(value.value as string) : []);
  }

  override evaluateBlock(nodes: readonly TemplateNode[], environment: JinjaEnvironment): RuntimeValue {
    let text = "";
    for (const node of nodes) {
      const value = this.evaluate(node, environment);
      if (!STATEMENTS.has(typeOf(node))) text += pythonText(value);
      else if (value.type === "StringValue") text += value.value;
    }
    return toRuntimeValue(text);
  }

  override evaluateMemberExpression(node: TemplateNode, environment: JinjaEnvironment): RuntimeValue {
    this.#owners.add((node as { readonly object: TemplateNode }).object);
    return super.evaluateMemberExpression(node, environment);
  }

  override evaluateFor(node: TemplateNode, environment: JinjaEnvironment): RuntimeValue {
    const { iterable } = node as { readonly iterable: TemplateNode & { readonly lhs?: TemplateNode } };
    this.#iterables.add(typeOf(iterable) === "SelectExpression" ? (iterable.lhs as TemplateNode) : iterable);
    return super.evaluateFor(node, environment);
  }

  override applyFilter(operand: RuntimeValue, filter: TemplateNode, environment: JinjaEnvironment): RuntimeValue {
    const { value, callee } = filter as { readonly value?: string; readonly callee?: { readonly value: string } };
    const name = value ?? callee?.value ?? "";
    if (name === "string") return toRuntimeValue(pythonText(operand));
    const known: TemplateNode = value === "count" ? { ...filter, value: "length" } : filter;
    const stand = operand.type === "UndefinedValue" ? filterUndefined(name) : operand;
    return super.applyFilter(stand ?? operand, known, environment);
  }

  #evaluate(node: TemplateNode | undefined, environment: JinjaEnvironment): RuntimeValue {
    switch (node === undefined ? "" : typeOf(node)) {
      case EVALUATED:
        return (node as { readonly value: RuntimeValue }).value;
      case "CallExpression":
        return this.#stringMethod(node as CallNode, environment) ?? super.evaluate(node, environment);
      case "BinaryExpression":
        return this.#binary(node as BinaryNode, environment);
      default:
        return super.evaluate(node, environment);
    }
  }

  #binary(node: BinaryNode, environment: JinjaEnvironment): RuntimeValue {
    const operator = BINARY_OPERATORS.get(node.operator.value);
    if (operator === undefined) return super.evaluate(node, environment);
    const left = this.evaluate(node.left, environment);
    const right = this.evaluate(node.right, environment);
    const result = operator(left, right);
    if (result !== undefined) return toRuntimeValue(result);
    const operands = { left: { type: EVALUATED, value: left }, right: { type: EVALUATED, value: right } };
    return super.evaluate({ ...node, ...operands }, environment);
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

function typeOf(node: TemplateNode): string {
  return (node as { readonly type: string }).type;
}
