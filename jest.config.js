import { join } from "node:path";

// The processes in which tests run, and those that they start, inherit this.
// onnxruntime reads it from the process.
process.env.ORT_DISABLE_TELEMETRY ??= "1";
// Every engine starts threads that load a hundred modules each: a quarter of the suite's processor time without it.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "node_modules/.cache/compiled");

// jest-light-runner runs the test files as Node runs them: native ESM, types removed, no vm realm.
// Two processes (test/runner.js), not two threads of one: tests look at their process's memory, descriptors, children and
// working folder.
export default {
  runner: "<rootDir>/test/runner.js",
  setupFiles: ["<rootDir>/test/setup.ts"],
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  maxWorkers: 2,
};
