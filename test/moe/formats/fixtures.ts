/** Paths of the fixtures. */
import { fileURLToPath } from "node:url";

export const FORMATS: string = fileURLToPath(new URL("../../fixtures/formats/", import.meta.url));
export const CHECKPOINTS: string = fileURLToPath(new URL("../../fixtures/checkpoints/", import.meta.url));
export const BAD: string = fileURLToPath(new URL("../../fixtures/checkpoints/bad/", import.meta.url));
