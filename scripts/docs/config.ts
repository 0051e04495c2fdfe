/** Writes `.env.example` and the options' table in docs/configuration.md from src/core/config/options.ts. */
import { readFileSync, writeFileSync } from "node:fs";
import { envExample, optionsTable } from "../../src/core/config/reference.ts";
import { replaceSection } from "./section.ts";

const root = new URL("../../", import.meta.url);
const page = new URL("docs/configuration.md", root);

writeFileSync(new URL(".env.example", root), envExample());
writeFileSync(page, replaceSection(readFileSync(page, "utf8"), "options", optionsTable()));
