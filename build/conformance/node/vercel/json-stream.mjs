// What the SDK has put in the place of streamObject.
import { Output, streamText } from "ai";
import { z } from "zod";
import { show } from "../scenario.mjs";
import { prompt, schemaModel as model } from "./_client.mjs";

const output = Output.object({ schema: z.object({ city: z.string(), people: z.int() }) });
show({ value: await streamText({ model, ...prompt, output }).output });
