// The way for models without response_format: the schema as a function that has to be called.
import { z } from "zod";
import { show } from "../scenario.mjs";
import { messages, model } from "./_client.mjs";

const town = z.object({ city: z.string(), people: z.int() });
show({ value: await model.withStructuredOutput(town, { method: "functionCalling", name: "town" }).invoke(messages) });
