import { show } from "../scenario.mjs";
import { ask, client, failure } from "./_client.mjs";

const errors = [];
let text = "";
try {
  for await (const event of await client.messages.create({ ...ask, stream: true })) text += event.delta?.text ?? "";
} catch (err) {
  errors.push(failure(err));
}
show({ text, errors });
