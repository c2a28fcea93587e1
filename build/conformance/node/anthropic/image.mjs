import { dot, question, show } from "../scenario.mjs";
import { ask, client, textOf } from "./_client.mjs";

const source = { type: "base64", media_type: "image/png", data: dot.split(",")[1] };
const content = [{ type: "image", source }, { type: "text", text: question }];
show({ text: textOf(await client.messages.create({ ...ask, messages: [{ role: "user", content }] })) });
