// The page of the API: its text is the server's, so only what every page does.
// @ts-check
import { startShell } from "../lib/shell.js";

startShell();
