/** The form of a command's `--json` output as a readable sketch, from its schema: names, types, and what they mean. */
import * as z from "zod";

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly shape?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
}

/** Several lines, without a line break at the end. */
export function jsonShape(schema: z.ZodType): string {
  return render(z.toJSONSchema(schema) as Node, "");
}

function render(node: Node, indent: string): string {
  if (node.shape !== undefined) return node.shape;
  if (node.anyOf !== undefined) return node.anyOf.map((each) => render(each, indent)).join(" | ");
  if (node.enum !== undefined) return node.enum.map((each) => JSON.stringify(each)).join(" | ");
  if (node.type === "array") return `[${render(node.items ?? {}, indent)}, …]`;
  if (node.type === "object") return renderObject(node.properties ?? {}, indent);
  return node.type ?? "any";
}

function renderObject(properties: Readonly<Record<string, Node>>, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, node], i, all) => {
    const comma = i < all.length - 1 ? "," : "";
    const text = `${inner}"${name}": ${render(node, inner)}${comma}`;
    const [first, ...rest] = text.split("\n");
    const comment = node.description === undefined ? "" : `  // ${node.description}`;
    return [`${first}${comment}`, ...rest].join("\n");
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}
