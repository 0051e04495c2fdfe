import { checkExecutionProvider } from "../../src/moe/engine/executionProviders.ts";
import { EXECUTION_PROVIDERS } from "../../src/moe/engine/ort.ts";
import { WorkingProviders } from "../../src/node/workingProviders.ts";

function works(provider: (typeof EXECUTION_PROVIDERS)[number]): boolean {
  try {
    checkExecutionProvider(provider);
    return true;
  } catch {
    return false;
  }
}

test("named are exactly the providers that an engine would take, and before they are tried the certain one", async () => {
  const providers = new WorkingProviders();
  expect(providers.names).toEqual(["cpu"]);
  await providers.start();
  expect(providers.names).toEqual(EXECUTION_PROVIDERS.filter(works));
  await providers.close();
});

test("closing ends a try at once, and what was not tried is not named", async () => {
  const providers = new WorkingProviders();
  const trying = providers.start();
  await providers.close();
  await providers.close();
  await trying;
  expect(providers.names).toEqual(["cpu"]);
  await new WorkingProviders().close();
});
