import { ran, show } from "../scenario.mjs";
import { client, loop, textOf } from "./_client.mjs";

show({ text: textOf(await loop((turn) => client.messages.create(turn))), ran });
