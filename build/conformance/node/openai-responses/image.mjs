import { dot, model, question, show } from "../scenario.mjs";
import { client } from "./_client.mjs";

const content = [{ type: "input_text", text: question }, { type: "input_image", image_url: dot, detail: "auto" }];
show({ text: (await client.responses.create({ model, input: [{ role: "user", content }] })).output_text });
