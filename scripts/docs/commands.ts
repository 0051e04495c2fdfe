/** Writes the generated parts of docs/commands.md from the commands. */
import { readFileSync, writeFileSync } from "node:fs";
import { commandReference, exitCodeTable } from "./commandReference.ts";
import { replaceSection } from "./section.ts";

const page = new URL("../../docs/commands.md", import.meta.url);
const withCommands = replaceSection(readFileSync(page, "utf8"), "commands", await commandReference());
writeFileSync(page, replaceSection(withCommands, "exit codes", exitCodeTable()));
