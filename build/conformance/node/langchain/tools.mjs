import { ran, show } from "../scenario.mjs";
import { loop, model, tools } from "./_client.mjs";

const bound = model.bindTools(tools);
const answer = await loop((history) => bound.invoke(history));
show({ text: answer.text, ran });
