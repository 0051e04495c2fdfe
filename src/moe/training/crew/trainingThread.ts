/** One training thread: forward and backward of its share of every micro-batch, then its slice of the update. */
import { errorCode } from "../../../core/errors.ts";
import type { Batch } from "../batch/batch.ts";
import { rowsOf } from "../batch/rows.ts";
import { trainingError } from "../errors.ts";
import { FloatMemory, type SharedFloats } from "../kernels/floatMemory.ts";
import { Gradients } from "../memory/gradients.ts";
import { Scratch } from "../memory/scratch.ts";
import { Weights } from "../memory/weights.ts";
import { ExpertPass } from "../pass/expertPass.ts";
import type { LayerRecord, LogitGradient } from "../pass/layerPass.ts";
import { ModelPass } from "../pass/modelPass.ts";
import type { PassContext } from "../pass/passContext.ts";
import { GraphSessions } from "../pass/sessions.ts";
import { addBalanceGradient, type RouterUse, routerUse } from "../routing/loadBalance.ts";
import { Barrier } from "./barrier.ts";
import type { MicroBatch, ThreadCommand, ThreadResult, ThreadSetup } from "./commands.ts";
import { meanBalanceLoss, type Tally, TallyBoard } from "./tally.ts";
import { SliceUpdate } from "./update.ts";

/** A micro-batch after its forward pass. */
interface Forward {
  readonly lossSums: Float64Array;
  readonly uses: readonly (RouterUse | undefined)[];
  /** Adds the gradients of the weights. */
  readonly reverse: (addLogitGradient: LogitGradient) => void;
}

export class TrainingThread {
  readonly #setup: ThreadSetup;
  readonly #barrier: Barrier;
  readonly #board: TallyBoard;
  readonly #scratch: Scratch;
  readonly #sessions: GraphSessions;
  readonly #model: ModelPass;
  readonly #expert: ExpertPass | undefined;
  readonly #update: SliceUpdate;
  readonly #gradients: Gradients;
  #round = 0;

  constructor(setup: ThreadSetup) {
    const { spec, layout, memory, thread, optimizer, expert } = setup;
    const threads = memory.gradients.length;
    this.#setup = setup;
    this.#barrier = new Barrier(memory.control, threads);
    this.#board = new TallyBoard(memory.tallies, spec, threads);
    const floats = new FloatMemory(memory.wasm);
    this.#scratch = new Scratch(floats);
    this.#gradients = new Gradients(layout, memory.gradients[thread] as SharedFloats, floats);
    const { executionProvider, runThreads, keepActivations } = setup;
    this.#sessions = new GraphSessions(spec, { executionProvider, threads: runThreads, keepActivations });
    const context: PassContext = {
      spec,
      weights: new Weights(layout, memory),
      gradients: this.#gradients,
      sessions: this.#sessions,
      memory: floats,
      scratch: this.#scratch,
      checkpoint: () => this.#barrier.check(),
    };
    this.#model = new ModelPass(context);
    this.#expert = expert && new ExpertPass(context, this.#model, expert.layer, expert.expert, setup.maxPrefixBytes);
    this.#update = new SliceUpdate(layout, memory, floats, thread, this.#barrier, optimizer.decayed);
  }

  /** On an error the other threads are released; nobody has changed anything then. */
  run(command: ThreadCommand): ThreadResult {
    try {
      return command.kind === "loss" ? this.#loss(command) : this.#step(command);
    } catch (error) {
      this.#barrier.stop();
      throw error;
    }
  }

  close(): void {
    this.#sessions.close();
  }

  #loss({ microBatches }: ThreadCommand & { kind: "loss" }): ThreadResult {
    const lossSums = microBatches.map(({ part }) => {
      this.#scratch.reset();
      return part === undefined ? new Float64Array(0) : this.#model.forward(rowsOf(part, this.#setup.spec)).lossSums;
    });
    return { lossSums, expertPositions: [], auxiliaryLoss: 0, gradientNorm: 0 };
  }

  #step(command: ThreadCommand & { kind: "gradients" }): ThreadResult {
    const { spec } = this.#setup;
    this.#gradients.begin();
    const lossSums: Float64Array[] = [];
    const expertPositions = spec.layers.map(() => new Float64Array(spec.experts.count));
    let auxiliaryLoss = 0;
    for (const microBatch of command.microBatches) {
      const { forward, tally } = this.#forward(microBatch, command.targets);
      const share = microBatch.positions / command.positions;
      auxiliaryLoss += share * meanBalanceLoss(spec, tally.uses, microBatch.positions);
      lossSums.push(forward?.lossSums ?? new Float64Array(0));
      for (const [layer, use] of (forward?.uses ?? []).entries()) {
        for (const [expert, count] of (use?.counts ?? []).entries()) expertPositions[layer]![expert]! += count;
      }
      forward?.reverse(this.#balance(tally, microBatch.positions, share));
    }
    this.#gradients.finish();
    const gradientNorm = this.#update.reduce();
    if (command.update !== undefined) this.#update.apply(gradientNorm, command.update);
    return { lossSums, expertPositions, auxiliaryLoss, gradientNorm };
  }

  /** Throws `loss_not_finite` in all threads when the loss of any of them is. */
  #forward({ part }: MicroBatch, targets: number): { readonly forward: Forward | undefined; readonly tally: Tally } {
    this.#scratch.reset();
    const forward = part && this.#forwardPart(part, 1 / targets);
    const lossSum = forward?.lossSums.reduce((sum, loss) => sum + loss, 0) ?? 0;
    const round = this.#round++;
    this.#board.write(round, this.#setup.thread, lossSum, forward?.uses ?? []);
    this.#barrier.wait();
    const tally = this.#board.read(round);
    if (!Number.isFinite(tally.lossSum)) throw notFinite(`the loss is ${tally.lossSum}`);
    return { forward, tally };
  }

  #forwardPart(part: Batch, factor: number): Forward {
    try {
      return this.#expert === undefined
        ? this.#forwardModel(part, factor)
        : this.#forwardExpert(this.#expert, part, factor);
    } catch (cause) {
      if (errorCode(cause) !== "router_not_finite") throw cause;
      throw notFinite("a router's logits are not finite", cause);
    }
  }

  #forwardModel(part: Batch, factor: number): Forward {
    const rows = rowsOf(part, this.#setup.spec);
    const { lossSums, records, dHidden } = this.#model.forward(rows, factor);
    return {
      lossSums,
      uses: records.map((record) => this.#use(record)),
      reverse: (addLogitGradient) => {
        const dEmbedded = this.#model.reverse(records, dHidden as Float32Array, addLogitGradient);
        this.#model.reverseEmbedding(rows, dEmbedded);
      },
    };
  }

  #forwardExpert(pass: ExpertPass, part: Batch, factor: number): Forward {
    const forward = pass.forward(part, factor);
    return { lossSums: forward.lossSums, uses: [], reverse: () => pass.reverse(forward) };
  }

  #use({ attended }: LayerRecord): RouterUse | undefined {
    const { routed } = attended;
    return routed && routerUse(this.#setup.spec.experts.count, routed.routing.experts, routed.shares);
  }

  /** The gradient of the load-balancing loss of a micro-batch that is `share` of the step. */
  #balance({ uses }: Tally, positions: number, share: number): LogitGradient {
    const { spec, auxiliaryLoss } = this.#setup;
    const layers = spec.layers.filter(({ feedForward }) => feedForward === "experts").length;
    const factor = (auxiliaryLoss * share) / Math.max(layers, 1);
    return (layer, routed, out) => {
      if (factor !== 0) addBalanceGradient(uses[layer]!.counts, positions, routed.shares, factor, out);
    };
  }
}

function notFinite(what: string, cause?: unknown) {
  const text = `training: ${what}; the weights are those before the step`;
  return trainingError("loss_not_finite", text, {}, cause === undefined ? {} : { cause });
}
