// Deprecated by now, and what most programs use; for its successor see json-stream.
import { generateObject } from "ai";
import { z } from "zod";
import { show } from "../scenario.mjs";
import { prompt, schemaModel as model } from "./_client.mjs";

const { object } = await generateObject({ model, ...prompt, schema: z.object({ city: z.string(), people: z.int() }) });
show({ value: object });
