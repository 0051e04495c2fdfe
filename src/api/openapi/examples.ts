/**
 * What the curl lines of `/docs` name that is known only when somebody asks: the address by which the node was reached,
 * and the model that it serves.
 */
import { escapeHtml } from "./html.ts";

export const EXAMPLE_ADDRESS = "http://127.0.0.1:8000";
export const EXAMPLE_MODEL = "MODEL";

const MODEL_HTML = escapeHtml(JSON.stringify(EXAMPLE_MODEL));

/**
 * @param page HTML in which examples name `EXAMPLE_ADDRESS` and, as JSON, `EXAMPLE_MODEL`
 * @param host the checked `Host` header
 * @param model the served model's id; absent while there is none, then the placeholder stays
 */
export function fillExamples(page: string, host: string, model: string | undefined): string {
  const filled = page.replaceAll(EXAMPLE_ADDRESS, () => escapeHtml(`http://${host}`));
  if (model === undefined) return filled;
  // It stands between a shell's single quotes.
  const quoted = JSON.stringify(model).replaceAll("'", "'\\''");
  return filled.replaceAll(MODEL_HTML, () => escapeHtml(quoted));
}
