import { generateText, Output } from "ai";
import { z } from "zod";
import { show } from "../scenario.mjs";
import { failure, prompt, schemaModel as model } from "./_client.mjs";

const output = Output.object({ schema: z.object({ city: z.string(), people: z.int() }) });
const errors = [];
await generateText({ model, ...prompt, output }).catch((err) => errors.push(failure(err)));
show({ errors });
