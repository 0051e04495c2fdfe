/** Runs once in each process of the tests, before the first file. */
import fc from "fast-check";
import { TEST_SEED } from "./seed.ts";

fc.configureGlobal({ seed: TEST_SEED });
