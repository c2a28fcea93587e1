import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { z } from "zod";
import { functions, ran, show } from "../scenario.mjs";
import { ask, client, textOf } from "./_client.mjs";

const inputSchema = z.object({ city: z.string() });
const tools = Object.entries(functions).map(([name, { description, run }]) => betaZodTool({ name, description, inputSchema, run }));
show({ text: textOf(await client.beta.messages.toolRunner({ ...ask, tools })), ran });
