/** Files that ask for computations which the architecture they name does not have here. */

import { failureOf } from "../formats/expectCode.ts";
import { withFolder } from "../formats/temporaryFolder.ts";
import { editedExport, f32, type GgufContents, specOf, u32 } from "./ggufFiles.ts";

const specAfter = (name: string, edit: (file: GgufContents) => void) =>
  withFolder(async (folder) => specOf(await editedExport(name, folder, edit)));
const failureAfter = (name: string, edit: (file: GgufContents) => void) => failureOf(() => specAfter(name, edit));

const ONES = { shape: [64], values: new Float32Array(64).fill(1) };

test.each([
  ["granitemoe", "a shared expert", "blk.0.ffn_up_shexp.weight"],
  ["mixtral", "biases of the projections", "blk.1.attn_q.bias"],
  ["mixtral", "a second scale for a matrix", "blk.0.attn_q.scale"],
  ["olmoe", "corrections of the router", "blk.0.exp_probs_b.bias"],
  ["qwen3moe", "norms after the attention", "blk.0.post_attention_norm.weight.1"],
])("%s with %s is another model under the same name, and refused", async (name, _what, tensor) => {
  expect(await failureAfter(name, ({ tensors }) => tensors.set(tensor, ONES))).toBe("config_unsupported");
});

test("tables of frequencies and tensors of later layers are no strangers", async () => {
  const edit = ({ tensors }: GgufContents): void => {
    tensors.set("blk.0.attn_rot_embd.weight", ONES);
    tensors.set("blk.9.anything.weight", ONES);
  };
  expect(await specAfter("olmoe", edit)).toEqual(await specAfter("olmoe", () => {}));
});

test.each([
  ["attn_logit_softcapping", 30],
  ["final_logit_softcapping", 30],
  ["attention.temperature_scale", 0.1],
  ["rope.scaling.yarn_ext_factor", 0.5],
] as const)(
  "a computation that no architecture here has is refused unless it is switched off: %s",
  async (key, value) => {
    const set = (number: number) => (file: GgufContents) => file.metadata.set(`llama.${key}`, f32(number));
    expect(await failureAfter("mixtral", set(value))).toBe("config_unsupported");
    expect(await failureAfter("mixtral", set(key.endsWith("ext_factor") ? 1 : 0))).toBe("no failure");
  },
);

test("another frequency for layers with a window is refused, the same one is not", async () => {
  const set = (number: number) => (file: GgufContents) => file.metadata.set("gpt-oss.rope.freq_base_swa", f32(number));
  const { rope } = await specAfter("gpt_oss", () => {});
  expect(await failureAfter("gpt_oss", set(500))).toBe("config_unsupported");
  expect(await failureAfter("gpt_oss", set(rope!.theta))).toBe("no failure");
});

test("an architecture without experts is refused, whatever its name", async () => {
  for (const [name, prefix] of [
    ["mixtral", "llama"],
    ["deepseek_v3", "deepseek2"],
  ] as const) {
    for (const count of [undefined, 0]) {
      const edit = ({ metadata }: GgufContents): void => {
        if (count === undefined) metadata.delete(`${prefix}.expert_count`);
        else metadata.set(`${prefix}.expert_count`, u32(count));
      };
      expect(await failureAfter(name, edit)).toBe("architecture_unsupported");
    }
  }
});
