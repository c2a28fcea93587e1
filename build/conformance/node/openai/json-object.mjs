import { model, show } from "../scenario.mjs";
import { client, messages } from "./_client.mjs";

const answer = await client.chat.completions.create({ model, messages, response_format: { type: "json_object" } });
show({ value: JSON.parse(answer.choices[0].message.content) });
