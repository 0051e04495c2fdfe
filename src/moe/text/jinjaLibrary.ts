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

export interface JinjaInterpreter {
  run(program: TemplateNode): RuntimeValue;
  /** Called for every node, also by the interpreter itself. */
  evaluate(node: TemplateNode | undefined, environment: JinjaEnvironment): RuntimeValue;
}

interface WhiteSpaceOptions {
  readonly lstrip_blocks: boolean;
  readonly trim_blocks: boolean;
}

export const Environment: new () => JinjaEnvironment = library.Environment;
export const Interpreter: new (environment: JinjaEnvironment) => JinjaInterpreter = library.Interpreter;
export const tokenize: (source: string, options: WhiteSpaceOptions) => readonly object[] = library.tokenize;
export const parse: (tokens: readonly object[]) => TemplateNode = library.parse;
