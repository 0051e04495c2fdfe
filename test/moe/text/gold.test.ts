import { errorCode } from "../../../src/core/errors.ts";
import { loadTokenizer } from "../../../src/moe/text/tokenizer.ts";
import { goldFiles, goldFolders, goldReference } from "./fixtures.ts";

for (const folder of goldFolders()) {
  const reference = goldReference(folder);
  const tokenizer = loadTokenizer(goldFiles(folder));

  test(`${folder} (${reference.flavour}): ids, tokens and decoded texts equal the reference library's`, () => {
    for (const { text, ids, ids_no_special, tokens, decoded, decoded_skip_special } of reference.cases) {
      expect(tokenizer.encode(text)).toEqual(ids);
      expect(tokenizer.encode(text, { addSpecialTokens: false })).toEqual(ids_no_special);
      expect(ids.map((id) => tokenizer.tokenOf(id))).toEqual(tokens);
      expect(ids.map((id) => tokenizer.idOf(tokenizer.tokenOf(id) as string))).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(decoded);
      expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe(decoded_skip_special);
    }
  });

  test(`${folder} (${reference.flavour}): chats render to the reference library's text and ids, or raise its error`, () => {
    for (const { messages, add_generation_prompt, rendered, ids, raises } of reference.chats) {
      const options = { addGenerationPrompt: add_generation_prompt };
      if (raises === undefined) {
        expect(tokenizer.renderChat(messages, options)).toBe(rendered);
        expect(tokenizer.encodeChat(messages, options)).toEqual(ids);
        continue;
      }
      let thrown: unknown;
      try {
        tokenizer.renderChat(messages, options);
      } catch (error) {
        thrown = error;
      }
      expect(errorCode(thrown)).toBe("chat_template_raised");
      expect((thrown as { data: { reason: string } }).data.reason).toBe(raises);
    }
  });

  test(`${folder}: begin and end ids are those of its files`, () => {
    const files = goldFiles(folder);
    const parse = (name: string) => JSON.parse(new TextDecoder().decode(files.get(name) as Uint8Array));
    const ends = parse("generation_config.json").eos_token_id;
    expect(tokenizer.eosIds).toEqual(Array.isArray(ends) ? ends : [ends]);
    expect(tokenizer.bosId).toBe(tokenizer.idOf(parse("tokenizer_config.json").bos_token));
    expect(tokenizer.specialIds.has(tokenizer.bosId as number)).toBe(true);
  });
}
