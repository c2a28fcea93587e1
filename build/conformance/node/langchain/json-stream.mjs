import { z } from "zod";
import { show } from "../scenario.mjs";
import { messages, model } from "./_client.mjs";

const town = z.object({ city: z.string(), people: z.int() });
let value;
for await (const state of await model.withStructuredOutput(town).stream(messages)) value = state;
show({ value });
