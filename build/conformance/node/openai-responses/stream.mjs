import { maxTokens, model, show } from "../scenario.mjs";
import { client, input, usageOf } from "./_client.mjs";

const raw = [];
for await (const event of await client.responses.create({ model, input, max_output_tokens: maxTokens, stream: true })) raw.push(event);

const pieces = raw.filter((event) => event.type === "response.output_text.delta").map((event) => event.delta);
const { response } = raw.at(-1);
show({ text: pieces.join(""), pieces: pieces.length, finish: response.status, usage: usageOf(response.usage), raw });
