/**
 * Strips the types of AI-Block's own `.ts` files, and of no others. Needed where Node does not do it: below
 * `node_modules`. Line and column numbers stay as they are.
 */
import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url).href;
const dependencies = `${root}node_modules/`;

registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith(root) || url.startsWith(dependencies) || !/\.ts(?:\?|$)/.test(url)) {
      return nextLoad(url, context);
    }
    const source = stripTypeScriptTypes(readFileSync(fileURLToPath(url), "utf8"));
    return { format: "module", shortCircuit: true, source };
  },
});
