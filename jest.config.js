// onnxruntime reads it from the process; the processes in which tests run inherit it.
process.env.ORT_DISABLE_TELEMETRY ??= "1";

// jest-light-runner runs the test files as Node runs them: native ESM, types removed, no vm realm.
// Two processes (test/runner.js), not two threads of one: tests look at their process's memory, descriptors, children and working folder.
export default {
  runner: "<rootDir>/test/runner.js",
  setupFiles: ["<rootDir>/test/setup.ts"],
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  maxWorkers: 2,
};
