import { maxTokens, model, show } from "../scenario.mjs";
import { client, messages, usageOf } from "./_client.mjs";

const raw = [];
const stream = await client.chat.completions.create({
  model, messages, max_completion_tokens: maxTokens, stream: true, stream_options: { include_usage: true },
});
for await (const chunk of stream) raw.push(chunk);

const choices = raw.flatMap((chunk) => chunk.choices);
const pieces = choices.map((choice) => choice.delta.content).filter(Boolean);
show({
  text: pieces.join(""), pieces: pieces.length,
  finish: choices.findLast((choice) => choice.finish_reason)?.finish_reason,
  usage: usageOf(raw.at(-1).usage), raw,
});
