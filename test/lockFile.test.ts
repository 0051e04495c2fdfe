import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./sourceFiles.ts";

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
  packages: Record<string, LockedPackage>;
};
const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
  readFileSync(join(ROOT, "package.json"), "utf8"),
) as Record<string, Record<string, string>>;

test("the lock file has every optional package, for all platforms: `npm ci` refuses one that has not", () => {
  const locked = new Set(Object.keys(lock.packages).map((path) => path.slice(path.lastIndexOf("node_modules/") + 13)));
  const wanted = Object.values(lock.packages).flatMap((each) => Object.keys(each.optionalDependencies ?? {}));
  expect(wanted.length).toBeGreaterThan(20);
  expect(wanted.filter((name) => !locked.has(name))).toEqual([]);
});

test("every locked package has a version and a hash", () => {
  const wrong = Object.entries(lock.packages).filter(
    ([path, each]) => path !== "" && (each.version === undefined || each.integrity === undefined),
  );
  expect(wrong.map(([path]) => path)).toEqual([]);
});

test("our own dependencies are pinned to exact versions", () => {
  const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(all.length).toBeGreaterThan(10);
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});
