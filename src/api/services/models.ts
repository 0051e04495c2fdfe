/** Models that the node serves, as the API sees them. Everything is answered from memory. */

export interface ServedModel {
  /** What clients send as `model`: the manifest's name, made unique with the id's first digits where needed. */
  readonly id: string;
  /** Id of the meta block, 64 hex digits. */
  readonly model: string;
  readonly name: string;
  readonly createdMs: number;
  /** Hash of all heads that the next request runs on, 64 hex digits. */
  readonly stateRoot: string;
  readonly architecture: string;
  /** Longest sequence in tokens, prompt and answer together. */
  readonly contextLength: number;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  /** Experts of each layer; 0 for a dense layer. */
  readonly expertsPerLayer: readonly number[];
  readonly topK: number;
  readonly totalParameters: number;
  readonly activeParameters: number;
  /** Bytes of all payloads of the heads. */
  readonly payloadBytes: number;
  readonly precision: string;
  readonly executionProvider: string;
  readonly hasChatTemplate: boolean;
  /** For requests that leave it open: what the model's makers chose, else what turns each off, and temperature 1. */
  readonly sampling: {
    readonly temperature: number;
    readonly topK: number;
    readonly topP: number;
    readonly minP: number;
    readonly repetitionPenalty: number;
  };
}

export interface ModelService {
  /** Never waits. Empty while the model loads. */
  list(): readonly ServedModel[];
  /** By `id`, or by the meta block's 64 hex digits; without a name the default model. */
  find(name?: string): ServedModel | undefined;
}
