// Without a declaration about schemas the provider falls back to json_object.
import { generateText, Output } from "ai";
import { z } from "zod";
import { show } from "../scenario.mjs";
import { model, prompt } from "./_client.mjs";

const schema = z.object({ city: z.string(), people: z.int() });
show({ value: (await generateText({ model, ...prompt, output: Output.object({ schema }) })).output });
