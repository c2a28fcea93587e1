import { z } from "zod";
import { show } from "../scenario.mjs";
import { failure, messages, model } from "./_client.mjs";

const town = z.object({ city: z.string(), people: z.int() });
const errors = [];
await model.withStructuredOutput(town).invoke(messages).catch((err) => errors.push(failure(err)));
show({ errors });
