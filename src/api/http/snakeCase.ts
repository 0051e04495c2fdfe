/** Fields of the services as HTTP has them: `stateRoot` becomes `state_root`, at every depth; maps become objects. */

/** A copy of plain data with its keys in snake case. Depth is that of our own types, a handful. */
export function snakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCase);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [key, snakeCase(inner)]));
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [snakeName(key), snakeCase(inner)]));
}

/** `topKExperts` is `top_k_experts`. */
export function snakeName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
