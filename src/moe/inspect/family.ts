/** What kind of model it is, by the names that its parts carry. */
import type { ModelFamily } from "./report.ts";

const ATTENTION =
  /(?:^|[._/])(?:self_attn|self_attention|attn|attention|mha|q_proj|query_key_value|attn_q)(?:[._/]|$)/i;
const EXPERTS = /(?:^|[._])(?:experts|ffn_gate_exps|ffn_up_exps|ffn_down_exps|block_sparse_moe)(?:[._]|$)/;
const RECURRENT = /lstm|(?:^|[._/])gru|weight_ih_l[0-9]|simple_rnn/i;
const CONVOLUTION = /conv[0-9]*d?(?:[._/]|_|$)|downsample/i;

/** The family of a network with these tensor names. `ranks` are the numbers of dimensions, in the same order. */
export function familyOfTensors(names: Iterable<string>, ranks: Iterable<number> = []): ModelFamily {
  const all = [...names];
  if (all.length === 0) return "unknown";
  if (all.some((name) => EXPERTS.test(name))) return "moe-transformer";
  if (all.some((name) => ATTENTION.test(name))) return "transformer";
  if (all.some((name) => RECURRENT.test(name))) return "rnn";
  if (all.some((name) => CONVOLUTION.test(name)) || [...ranks].some((rank) => rank === 4)) return "cnn";
  return "neural-network";
}

/** The family of a graph with these operators (ONNX, TensorFlow) or layers (Keras). */
export function familyOfOperators(operators: Iterable<string>): ModelFamily {
  const all = [...operators];
  const has = (pattern: RegExp) => all.some((name) => pattern.test(name));
  if (has(/^(?:TreeEnsemble|DecisionForest|SimpleMLCreateModelResource)/)) return "tree-ensemble";
  if (has(/^(?:LinearClassifier|LinearRegressor|SVM)/)) return "linear";
  if (has(/LSTM|GRU|SimpleRNN|CudnnRNN|^RNN$/)) return "rnn";
  if (
    has(/Attention|^(?:Einsum|BatchMatMulV?[0-9]*)$/) ||
    (has(/^Softmax$/) && has(/^(?:LayerNormalization|Erf|Gelu)$/))
  ) {
    return "transformer";
  }
  if (has(/Conv/)) return "cnn";
  return all.length === 0 ? "unknown" : "neural-network";
}

/** The family of an estimator class such as `RandomForestClassifier`. */
export function familyOfEstimator(name: string): ModelFamily {
  if (/Forest|Tree|Boost|XGB|LGBM|CatBoost|Booster/.test(name)) return "tree-ensemble";
  if (/Linear|Logistic|Ridge|Lasso|SGD|SVC|SVR|ElasticNet|Perceptron/.test(name) && !/MLP/.test(name)) return "linear";
  if (/MLP/.test(name)) return "neural-network";
  return "other-estimator";
}
