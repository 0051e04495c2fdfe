// The page of an address that nothing answers: only what every page does.
// @ts-check
import { startShell } from "../lib/shell.js";

startShell();
