import { HumanMessage } from "@langchain/core/messages";
import { dot, question, show } from "../scenario.mjs";
import { model } from "./_client.mjs";

const content = [{ type: "text", text: question }, { type: "image_url", image_url: { url: dot } }];
show({ text: (await model.invoke([new HumanMessage({ content })])).text });
