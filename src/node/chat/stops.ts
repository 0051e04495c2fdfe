/** Stop texts, checked before anything is computed. */
import { AiBlockError, errorMessage } from "../../core/errors.ts";
import { checkStopStrings } from "../../moe/text/stopStrings.ts";

/** Throws `bad_sampling_parameter` with `data.parameter` = "stop". */
export function checkStops(stop: readonly string[] = []): readonly string[] {
  try {
    return checkStopStrings(stop);
  } catch (error) {
    throw new AiBlockError("bad_sampling_parameter", errorMessage(error), { parameter: "stop" }, { cause: error });
  }
}
