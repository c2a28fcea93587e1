import { show } from "../scenario.mjs";
import { ask, client } from "./_client.mjs";

const { max_tokens, ...counted } = ask;
show({ usage: { prompt: (await client.messages.countTokens(counted)).input_tokens } });
