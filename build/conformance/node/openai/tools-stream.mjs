import { model, ran, show } from "../scenario.mjs";
import { client, messages, tools } from "./_client.mjs";

const runner = client.chat.completions.runTools({ model, messages, tools, stream: true });
let pieces = 0;
runner.on("content", () => pieces++);
show({ text: await runner.finalContent(), ran, pieces });
