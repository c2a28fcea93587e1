import { show } from "../scenario.mjs";
import { failure, messages, model } from "./_client.mjs";

const errors = [];
let text = "";
try {
  for await (const chunk of await model.stream(messages)) text += chunk.text;
} catch (err) {
  errors.push(failure(err));
}
show({ text, errors });
