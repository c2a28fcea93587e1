import { z } from "zod";
import { show } from "../scenario.mjs";
import { messages, model } from "./_client.mjs";

const town = z.object({ city: z.string(), people: z.int() });
show({ value: await model.withStructuredOutput(town).invoke(messages) });
