/**
 * What is used of `@huggingface/jinja`, with types: its own declarations leave out file extensions, so they do not
 * resolve for Node's module system.
 */
import * as library from "@huggingface/jinja";

/** A parsed template, and a node of it. */
export type TemplateNode = object;

export interface JinjaEnvironment {
  /** Declares a variable and gives its runtime value; throws for a name that exists. Functions are called with plain values. */
  set(name: string, value: unknown): RuntimeValue;
}

/** A value while a template runs; texts and lists are in `value`. */
export interface RuntimeValue {
  readonly type: string;
  readonly value: unknown;
}

/** All but `run` are called by the interpreter itself. */
export interface JinjaInterpreter {
  run(program: TemplateNode): RuntimeValue;
  /** Called for every node. */
  evaluate(node: TemplateNode | undefined, environment: JinjaEnvironment): RuntimeValue;
  /** The text of a template, or of what lies between the tags of a statement. */
  evaluateBlock(nodes: readonly TemplateNode[], environment: JinjaEnvironment): RuntimeValue;
  evaluateFor(node: TemplateNode, environment: JinjaEnvironment): RuntimeValue;
  evaluateMemberExpression(node: TemplateNode, environment: JinjaEnvironment): RuntimeValue;
  applyFilter(operand: RuntimeValue, filter: TemplateNode, environment: JinjaEnvironment): RuntimeValue;
}

interface WhiteSpaceOptions {
  readonly lstrip_blocks: boolean;
  readonly trim_blocks: boolean;
}

export const Environment: new () => JinjaEnvironment = library.Environment;
export const Interpreter: new (environment: JinjaEnvironment) => JinjaInterpreter = library.Interpreter;
export const tokenize: (source: string, options: WhiteSpaceOptions) => readonly object[] = library.tokenize;
export const parse: (tokens: readonly object[]) => TemplateNode = library.parse;

/** The library's value for a plain one. */
export function toRuntimeValue(value: unknown): RuntimeValue {
  return new Environment().set("value", value);
}
