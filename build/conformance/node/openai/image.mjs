import { dot, model, question, show } from "../scenario.mjs";
import { client } from "./_client.mjs";

const content = [{ type: "text", text: question }, { type: "image_url", image_url: { url: dot } }];
const answer = await client.chat.completions.create({ model, messages: [{ role: "user", content }] });
show({ text: answer.choices[0].message.content });
