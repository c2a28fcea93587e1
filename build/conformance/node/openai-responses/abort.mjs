import { model, show } from "../scenario.mjs";
import { client, input } from "./_client.mjs";

for await (const event of await client.responses.create({ model, input, stream: true })) {
  if (event.type === "response.output_text.delta") break; // leaving the loop aborts
}
show({});
