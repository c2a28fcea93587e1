import { maxTokens, model, show } from "../scenario.mjs";
import { client, messages, usageOf } from "./_client.mjs";

const answer = await client.chat.completions.create({ model, messages, max_completion_tokens: maxTokens });
const [{ message, finish_reason }] = answer.choices;
show({ text: message.content, finish: finish_reason, usage: usageOf(answer.usage), raw: [answer] });
