import { generateObject } from "ai";
import { z } from "zod";
import { show } from "../scenario.mjs";
import { failure, prompt, schemaModel as model } from "./_client.mjs";

const schema = z.object({ city: z.string(), people: z.int() });
const errors = [];
await generateObject({ model, ...prompt, schema }).catch((err) => errors.push(failure(err)));
show({ errors });
