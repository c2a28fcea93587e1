import { model, show } from "../scenario.mjs";
import { client, failure, messages } from "./_client.mjs";

const errors = [];
let text = "";
try {
  const stream = await client.chat.completions.create({ model, messages, stream: true });
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
} catch (err) {
  errors.push(failure(err));
}
show({ text, errors });
