/** A process that runs one addition on the execution provider it is named; what goes wrong it writes to stdout. */
import { errorMessage } from "../../core/errors.ts";
import { GraphBuilder } from "../graph/graph.ts";
import { type ExecutionProvider, floatData, floats, OrtSession } from "./ort.ts";

try {
  const g = new GraphBuilder("probe");
  const x = g.input("x", "float32", [1]);
  g.output("y", g.op("Add", [x, x]), [1]);
  const session = new OrtSession(g.build(), { executionProvider: process.argv[2] as ExecutionProvider, threads: 1 });
  const [sum] = floatData(session.run({ x: floats(Float32Array.of(1), [1]) }).y);
  session.close();
  if (sum !== 2) throw new Error(`it computes 1 + 1 = ${sum}`);
} catch (error) {
  process.stdout.write(errorMessage(error));
  process.exitCode = 1;
}
