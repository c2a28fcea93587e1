import { show } from "../scenario.mjs";
import { messages, model } from "./_client.mjs";

const first = await model.invoke(messages);
const second = await model.invoke("And then?", { previous_response_id: first.response_metadata.id });
show({ text: second.text });
