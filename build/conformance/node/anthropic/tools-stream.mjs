import { ran, show } from "../scenario.mjs";
import { client, loop, textOf } from "./_client.mjs";

let pieces = 0;
const answer = await loop((turn) => client.messages.stream(turn).on("text", () => pieces++).finalMessage());
show({ text: textOf(answer), ran, pieces });
