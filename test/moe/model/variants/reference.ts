/**
 * The nine decoders in plain float64 arithmetic, written from the reference library's formulas and independent of the
 * engine: weights by their file names, one position after the other, no cache, no matrices library.
 */
import { chunks, dot, erf, plus, type Row, rms, rowOf, slice, sumOf, times, timesTransposed } from "./arithmetic.ts";
import { turned, turns } from "./rope.ts";
import { choose, softmax } from "./router.ts";
import type { Activation, Settings } from "./settings.ts";
import type { Tensor, Weights } from "./weights.ts";

/** Logits of every position. */
export function logitsOf(s: Settings, weights: Weights, ids: readonly number[], maxPositions: number): Row[] {
  const model = new Model(s, weights, maxPositions);
  return model.run(ids);
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

const ACTIVATIONS: { readonly [A in Activation]: (x: number) => number } = {
  silu: (x) => x * logistic(x),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  gelu_new: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  quick_gelu: (x) => x * logistic(1.702 * x),
  relu: (x) => Math.max(x, 0),
  relu2: (x) => Math.max(x, 0) ** 2,
  tanh: Math.tanh,
  sigmoid: logistic,
};

class Model {
  readonly #s: Settings;
  readonly #weights: Weights;
  readonly #maxPositions: number;

  constructor(s: Settings, weights: Weights, maxPositions: number) {
    this.#s = s;
    this.#weights = weights;
    this.#maxPositions = maxPositions;
  }

  run(ids: readonly number[]): Row[] {
    const s = this.#s;
    const embedding = this.#tensor("model.embed_tokens.weight");
    let states = ids.map((id) => rowOf(embedding, id).map((x) => x * s.embeddingMultiplier));
    for (let layer = 0; layer < s.layers; layer++) {
      const at = `model.layers.${layer}`;
      const normed = states.map((x) => this.#norm(`${at}.input_layernorm`, x));
      const attended = s.type.startsWith("deepseek")
        ? this.#latentAttention(`${at}.self_attn`, normed)
        : this.#attention(`${at}.self_attn`, normed, s.windows[layer] ?? 0);
      states = states.map((x, i) => plus(x, attended[i] as Row, s.residualMultiplier));
      states = states.map((x) => {
        const inside = this.#norm(`${at}.post_attention_layernorm`, x);
        return plus(x, this.#feedForward(at, layer, inside), s.residualMultiplier);
      });
    }
    const head = s.tied ? "model.embed_tokens" : "lm_head";
    return states.map((x) => {
      const logits = times(this.#tensor(`${head}.weight`), this.#norm("model.norm", x));
      const bias = s.headBias ? this.#vector("lm_head.bias") : undefined;
      return logits.map((value, i) => (value + (bias?.[i] ?? 0)) / s.logitsDivisor);
    });
  }

  #attention(at: string, states: readonly Row[], window: number): Row[] {
    const s = this.#s;
    const { heads, keyValueHeads, headDim } = s;
    const turn = turns(s.rope, s.theta, headDim, states.length, this.#maxPositions);
    const project = (name: string, x: Row): Row => {
      let out = this.#linear(`${at}.${name}_proj`, x);
      if (s.type === "olmoe" && name !== "v") out = rms(out, this.#vector(`${at}.${name}_norm.weight`), s.epsilon);
      if (s.clip > 0) out = out.map((value) => Math.min(Math.max(value, -s.clip), s.clip));
      return out;
    };
    const part = (name: string, x: Row, position: number): Row[] => {
      const split = chunks(project(name, x), headDim);
      if (name === "v") return split;
      return split.map((head) => {
        const own = s.type === "qwen3_moe" ? rms(head, this.#vector(`${at}.${name}_norm.weight`), s.epsilon) : head;
        return turned(own, turn, position, false);
      });
    };
    const queries = states.map((x, i) => part("q", x, i));
    const keys = states.map((x, i) => part("k", x, i));
    const values = states.map((x, i) => part("v", x, i));
    const sinks = s.type === "gpt_oss" ? this.#vector(`${at}.sinks`) : undefined;
    const scale = s.type === "granitemoe" ? s.attentionScale : headDim ** -0.5;
    return states.map((_, i) => {
      const seen = states.map((_, j) => j).filter((j) => j <= i && (window === 0 || i - j < window));
      const joined = Array.from({ length: heads }, (_, h) => {
        const group = Math.floor((h * keyValueHeads) / heads);
        const scores = seen.map((j) => dot(queries[i]?.[h] as Row, keys[j]?.[group] as Row) * scale);
        const weights = softmax(sinks === undefined ? scores : [...scores, sinks[h] as number]);
        return sumOf(
          seen.map((j) => values[j]?.[group] as Row),
          weights,
        );
      }).flat();
      return this.#linear(`${at}.o_proj`, joined);
    });
  }

  #latentAttention(at: string, states: readonly Row[]): Row[] {
    const s = this.#s;
    const turn = turns(s.rope, s.theta, s.rotaryDim, states.length, this.#maxPositions);
    const queryOf = (x: Row): Row => {
      if (s.queryRank === 0) return this.#linear(`${at}.q_proj`, x);
      const low = this.#linear(`${at}.q_a_proj`, x);
      return this.#linear(`${at}.q_b_proj`, rms(low, this.#vector(`${at}.q_a_layernorm.weight`), 1e-6));
    };
    const split = (row: Row, position: number): Row => [
      ...row.slice(0, s.plainDim),
      ...turned(row.slice(s.plainDim), turn, position, s.interleaved),
    ];
    const queries = states.map((x, i) => chunks(queryOf(x), s.plainDim + s.rotaryDim).map((row) => split(row, i)));
    const memories = states.map((x, i) => {
      const both = this.#linear(`${at}.kv_a_proj_with_mqa`, x);
      const latent = rms(both.slice(0, s.keyRank), this.#vector(`${at}.kv_a_layernorm.weight`), 1e-6);
      const place = turned(both.slice(s.keyRank), turn, i, s.interleaved);
      return chunks(this.#linear(`${at}.kv_b_proj`, latent), s.plainDim + s.valueDim).map((row) => ({
        key: [...row.slice(0, s.plainDim), ...place],
        value: row.slice(s.plainDim),
      }));
    });
    const scale = (s.plainDim + s.rotaryDim) ** -0.5 * s.temperature ** 2;
    return states.map((_, i) => {
      const joined = Array.from({ length: s.heads }, (_, h) => {
        const seen = memories.slice(0, i + 1).map((memory) => memory[h] as { key: Row; value: Row });
        const weights = softmax(seen.map(({ key }) => dot(queries[i]?.[h] as Row, key) * scale));
        return sumOf(
          seen.map(({ value }) => value),
          weights,
        );
      }).flat();
      return this.#linear(`${at}.o_proj`, joined);
    });
  }

  #feedForward(at: string, layer: number, x: Row): Row {
    const s = this.#s;
    if (s.dense.includes(layer)) return this.#gated(`${at}.mlp`, x);
    const old = s.type === "mixtral" || s.type === "phimoe" || s.type === "granitemoe";
    const block = `${at}.${old ? "block_sparse_moe" : "mlp"}`;
    const router = s.type === "granitemoe" ? "router.layer" : s.type === "gpt_oss" ? "router" : "gate";
    const correction = s.type === "deepseek_v3" ? this.#vector(`${block}.gate.e_score_correction_bias`) : [];
    const choice = choose(s, this.#linear(`${block}.${router}`, x), correction);
    let out = sumOf(
      choice.map(([expert]) => this.#expert(block, expert, x)),
      choice.map(([, weight]) => weight),
    );
    if (s.sharedWidth > 0 && s.type === "qwen2_moe") {
      const [gate = 0] = this.#linear(`${block}.shared_expert_gate`, x);
      out = plus(out, this.#gated(`${block}.shared_expert`, x), 1 / (1 + Math.exp(-gate)));
    } else if (s.sharedWidth > 0) {
      out = plus(out, this.#gated(`${block}.shared_experts`, x), 1);
    }
    return out;
  }

  #expert(block: string, expert: number, x: Row): Row {
    const s = this.#s;
    if (s.type === "granitemoe") {
      const both = times(slice(this.#tensor(`${block}.input_linear.weight`), expert), x);
      return times(slice(this.#tensor(`${block}.output_linear.weight`), expert), this.#act(both));
    }
    if (s.type === "gpt_oss") {
      const stack = (name: string): Row => timesTransposed(slice(this.#tensor(`${block}.experts.${name}`), expert), x);
      const both = plus(stack("gate_up_proj"), rowOf(this.#tensor(`${block}.experts.gate_up_proj_bias`), expert), 1);
      const inner = chunks(both, 2).map(([g = 0, u = 0]) => {
        const gate = Math.min(g, 7);
        return (Math.min(Math.max(u, -7), 7) + 1) * gate * (1 / (1 + Math.exp(-1.702 * gate)));
      });
      const down = timesTransposed(slice(this.#tensor(`${block}.experts.down_proj`), expert), inner);
      return plus(down, rowOf(this.#tensor(`${block}.experts.down_proj_bias`), expert), 1);
    }
    const old = s.type === "mixtral" || s.type === "phimoe";
    return this.#gated(`${block}.experts.${expert}`, x, old ? ["w1", "w3", "w2"] : undefined);
  }

  #gated(at: string, x: Row, names = ["gate_proj", "up_proj", "down_proj"]): Row {
    const [gate, up, down] = names as [string, string, string];
    const both = [...this.#linear(`${at}.${gate}`, x), ...this.#linear(`${at}.${up}`, x)];
    return this.#linear(`${at}.${down}`, this.#act(both));
  }

  /** act(first half) * second half. */
  #act(both: Row): Row {
    const half = both.length / 2;
    const act = ACTIVATIONS[this.#s.activation];
    return both.slice(0, half).map((gate, i) => act(gate) * (both[half + i] as number));
  }

  #norm(name: string, x: Row): Row {
    const weight = this.#vector(`${name}.weight`);
    if (this.#s.type !== "phimoe") return rms(x, weight, this.#s.epsilon);
    const bias = this.#vector(`${name}.bias`);
    const mean = x.reduce((a, b) => a + b, 0) / x.length;
    const centred = x.map((value) => value - mean);
    return plus(rms(centred, weight, this.#s.epsilon), bias, 1);
  }

  #linear(name: string, x: Row): Row {
    const out = times(this.#tensor(`${name}.weight`), x);
    const bias = this.#weights.get(`${name}.bias`);
    return bias === undefined ? out : plus(out, [...bias.values], 1);
  }

  #vector(name: string): Row {
    return [...this.#tensor(name).values];
  }

  #tensor(name: string): Tensor {
    const tensor = this.#weights.get(name);
    if (tensor === undefined) throw new Error(`no tensor ${name}`);
    return tensor;
  }
}
