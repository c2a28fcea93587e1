// The client's own loop: it runs the functions and asks again until there is an answer.
import { model, ran, show } from "../scenario.mjs";
import { client, messages, tools } from "./_client.mjs";

const runner = client.chat.completions.runTools({ model, messages, tools });
show({ text: await runner.finalContent(), ran });
