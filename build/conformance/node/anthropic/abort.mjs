import { show } from "../scenario.mjs";
import { ask, client } from "./_client.mjs";

for await (const event of await client.messages.create({ ...ask, stream: true })) {
  if (event.delta?.text) break; // leaving the loop aborts
}
show({});
