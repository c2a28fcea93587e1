import { model, show } from "../scenario.mjs";
import { client, input } from "./_client.mjs";

const { id: previous_response_id } = await client.responses.create({ model, input });
show({ text: (await client.responses.create({ model, input: "And then?", previous_response_id })).output_text });
