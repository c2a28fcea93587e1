import { model, show } from "../scenario.mjs";
import { client, messages } from "./_client.mjs";

const stream = await client.chat.completions.create({ model, messages, stream: true });
for await (const chunk of stream) {
  if (chunk.choices[0]?.delta.content) break; // leaving the loop aborts
}
show({});
