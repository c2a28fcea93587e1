import { model, show } from "../scenario.mjs";
import { client, failure, input } from "./_client.mjs";

const errors = [];
let text = "";
try {
  for await (const event of await client.responses.create({ model, input, stream: true })) {
    if (event.type === "response.output_text.delta") text += event.delta;
  }
} catch (err) {
  errors.push(failure(err));
}
show({ text, errors });
