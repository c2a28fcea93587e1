import { model, show } from "../scenario.mjs";
import { client, input } from "./_client.mjs";

const answer = await client.responses.create({ model, input, text: { format: { type: "json_object" } } });
show({ value: JSON.parse(answer.output_text) });
