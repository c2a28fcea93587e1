import { model, show } from "../scenario.mjs";
import { client, input } from "./_client.mjs";

const answer = await client.responses.create({ model, input, reasoning: { summary: "auto" } });
const { summary } = answer.output.find((item) => item.type === "reasoning");
show({ thought: summary.map((part) => part.text).join(""), text: answer.output_text });
