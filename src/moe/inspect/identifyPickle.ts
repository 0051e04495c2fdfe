/** Pickles and joblib files: which library they belong to, by the names in their opcodes. Nothing is unpickled. */
import { gunzipSync, inflateSync, constants as zlib } from "node:zlib";
import type { ByteSource } from "../formats/byteSource.ts";
import { formatError } from "../formats/errors.ts";
import { type PickleScan, scanPickle } from "../formats/pickle/scan.ts";
import { familyOfEstimator } from "./family.ts";
import type { Identification, ModelFamily } from "./report.ts";

/** The names stand at the beginning; a forest of a gigabyte need not be read. */
const MAX_SCAN_BYTES = 16 * 1024 * 1024;
const MAX_COMPRESSED_BYTES = 64 * 1024;
const MAX_IMPORTS_LISTED = 100;

const FRAMEWORKS: readonly (readonly [prefix: string, framework: string])[] = [
  ["sklearn.", "scikit-learn"],
  ["xgboost.", "XGBoost"],
  ["lightgbm.", "LightGBM"],
  ["catboost.", "CatBoost"],
  ["torch.", "PyTorch"],
  ["keras.", "Keras"],
  ["tensorflow.", "TensorFlow"],
  ["statsmodels.", "statsmodels"],
  ["pandas.", "pandas"],
  ["numpy.", "NumPy"],
];

/** Modules whose import alone can do harm; named in a note. */
const DANGEROUS =
  /^(?:os|posix|nt|subprocess|sys|builtins|__builtin__|socket|shutil|importlib|runpy|pty|ctypes|webbrowser|codecs|_codecs|pickle|marshal|types|code|asyncio|multiprocessing|http|urllib|requests) /;
const HARMLESS_BUILTINS =
  /^(?:builtins|__builtin__) (?:set|frozenset|list|dict|tuple|int|float|str|bytes|bytearray|complex|slice|range|object)$/;
const HARMLESS_CODECS = /^_codecs encode$/;

/** Throws `format_unknown` for bytes that are no pickle. */
export async function identifyPickle(source: ByteSource, signal?: AbortSignal): Promise<Identification> {
  const { bytes, compressed } = await readStart(source, signal);
  const scan = scanPickle(bytes);
  if (scan.opcodes < 2 || (scan.globals.length === 0 && !scan.complete)) {
    throw formatError("format_unknown", `${source.name}: is no pickle`);
  }
  const joblib =
    compressed || scan.globals.some((name) => name.startsWith("joblib.")) || source.name.endsWith(".joblib");
  const estimator = findEstimator(scan);
  const framework = FRAMEWORKS.find(([prefix]) => scan.globals.some((name) => name.startsWith(prefix)));
  const features = scan.integers.get("n_features_in_") ?? scan.integers.get("n_features_");
  const legacyTorch = framework?.[1] === "PyTorch";
  return {
    format: legacyTorch ? "pytorch-legacy" : joblib ? "joblib" : "pickle",
    framework: framework?.[1] ?? "Python",
    architecture: estimator ?? null,
    family: pickleFamily(estimator, framework?.[1]),
    parameters: null,
    precision: [],
    inputShape: features === undefined ? null : ["samples", features],
    moe: null,
    files: 1,
    refused: { code: "pickle_forbidden", message: "a pickle is a program: its contents are not loaded" },
    imports: scan.globals.slice(0, MAX_IMPORTS_LISTED),
    notes: pickleNotes(scan),
  };
}

/** What a pickle inside a PyTorch archive would import, for a file that was refused. */
export function describePickle(bytes: Uint8Array): { imports: readonly string[]; notes: readonly string[] } {
  const scan = scanPickle(bytes);
  return { imports: scan.globals.slice(0, MAX_IMPORTS_LISTED), notes: pickleNotes(scan) };
}

function pickleNotes(scan: PickleScan): string[] {
  const notes: string[] = [];
  const dangerous = scan.globals.filter(
    (name) => DANGEROUS.test(name) && !HARMLESS_BUILTINS.test(name) && !HARMLESS_CODECS.test(name),
  );
  if (dangerous.length > 0) notes.push(`loading it in Python could run: ${dangerous.slice(0, 10).join(", ")}`);
  if (!scan.complete) notes.push("only the beginning was examined");
  return notes;
}

/** The first class of a modelling library that is no helper of it. */
function findEstimator(scan: PickleScan): string | undefined {
  const found = scan.globals.find((name) => /^(?:sklearn|xgboost|lightgbm|catboost|statsmodels)\./.test(name));
  return found?.split(" ")[1];
}

function pickleFamily(estimator: string | undefined, framework: string | undefined): ModelFamily {
  if (estimator !== undefined) return familyOfEstimator(estimator);
  if (framework === "NumPy" || framework === "pandas") return "array";
  return "unknown";
}

/** The first bytes, unpacked if they are zlib or gzip (as joblib compresses), with a bound on the result. */
async function readStart(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<{ bytes: Uint8Array; compressed: boolean }> {
  const probe = await source.read(0, Math.min(2, source.byteLength), signal);
  const zlibHeader = probe[0] === 0x78 && ((probe[0] << 8) | (probe[1] ?? 0)) % 31 === 0;
  const gzipHeader = probe[0] === 0x1f && probe[1] === 0x8b;
  if (!zlibHeader && !gzipHeader) {
    return { bytes: await source.read(0, Math.min(MAX_SCAN_BYTES, source.byteLength), signal), compressed: false };
  }
  const packed = await source.read(0, Math.min(MAX_COMPRESSED_BYTES, source.byteLength), signal);
  const options = { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: MAX_SCAN_BYTES };
  try {
    return { bytes: gzipHeader ? gunzipSync(packed, options) : inflateSync(packed, options), compressed: true };
  } catch (error) {
    throw formatError("format_unknown", `${source.name}: could not be unpacked`, {}, { cause: error });
  }
}
