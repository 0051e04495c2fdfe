// onnxruntime reads it from the process; tests run in its threads, whose environment is a copy.
process.env.ORT_DISABLE_TELEMETRY ??= "1";

// jest-light-runner runs the test files as Node runs them: native ESM, types removed, no vm realm.
export default {
  runner: "jest-light-runner",
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testTimeout: 120_000,
  maxWorkers: 2,
};
