/**
 * The table of all commands, one row each. To add a command: write a file that exports `command` (see
 * framework/command.ts), add its row here, and run `node scripts/docs/commands.ts`.
 */
import type { CommandTable } from "./framework/commandTable.ts";

export const commandTable: CommandTable = {
  description: "AI-Block hosts a Mixture-of-Experts language model as signed, versioned blocks in a DAG blockchain.",
  groups: {
    chain: "Look into the chain of this node, check it, and move it between machines.",
    config: "The configuration of this node.",
    keys: "API keys: who may use the node over HTTP.",
    miner: "What miners do: look into checkpoints, put them on the chain, improve experts.",
    model: "Models as files.",
  },
  commands: [
    { name: "start", summary: "Run a node: chat page, API, model.", load: () => import("./start.ts") },
    { name: "status", summary: "Show how the running node does.", load: () => import("./status.ts") },
    { name: "stop", summary: "Stop the running node.", load: () => import("./stop.ts") },
    { name: "doctor", summary: "Check what a node needs.", load: () => import("./doctor.ts") },
    { name: "run", summary: "Run a checkpoint: answer a prompt, or chat.", load: () => import("./run.ts") },
    { name: "eval", summary: "Measure a checkpoint's loss on token sequences.", load: () => import("./eval.ts") },
    { name: "train", summary: "Train a checkpoint, or one of its experts.", load: () => import("./train.ts") },
    {
      name: "model export",
      summary: "Write a checkpoint as safetensors or GGUF.",
      load: () => import("./model/export.ts"),
    },
    {
      name: "miner inspect",
      summary: "Say what a model file is and what it needs.",
      load: () => import("../../miner/inspect.ts"),
    },
    { name: "keys create", summary: "Make an API key.", load: () => import("./keys/create.ts") },
    { name: "keys list", summary: "List the API keys.", load: () => import("./keys/list.ts") },
    { name: "keys revoke", summary: "Revoke an API key.", load: () => import("./keys/revoke.ts") },
    { name: "keygen", summary: "Make a key.", load: () => import("./keygen.ts") },
    { name: "init", summary: "Put a model on the chain, from a manifest file.", load: () => import("./init.ts") },
    { name: "chain ls", summary: "List blocks.", load: () => import("./chain/ls.ts") },
    { name: "chain show", summary: "Show everything about one block.", load: () => import("./chain/show.ts") },
    { name: "chain heads", summary: "Show the current version of every slot.", load: () => import("./chain/heads.ts") },
    { name: "chain verify", summary: "Check every block and payload.", load: () => import("./chain/verify.ts") },
    { name: "chain repair", summary: "Rebuild a damaged chain.", load: () => import("./chain/repair.ts") },
    { name: "chain export", summary: "Write blocks to a file.", load: () => import("./chain/export.ts") },
    { name: "chain import", summary: "Read blocks from a file.", load: () => import("./chain/import.ts") },
    {
      name: "config print",
      summary: "Show every setting and where it comes from.",
      load: () => import("./config/print.ts"),
    },
    { name: "version", summary: "Show the versions of everything.", load: () => import("./version.ts") },
  ],
};
