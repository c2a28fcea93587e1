// Drives the proxy with OpenAI's own client, as a user's program does:
//
//	node ask.mjs models|chat|stream|json|image|tools|toolstream|error|abort
//
// OPENAI_CLIENT is the folder that the package was installed in, BASE_URL the
// proxy's address. Prints one line of JSON for each thing that came back.
import { createRequire } from "node:module";
import { join } from "node:path";

const OpenAI = createRequire(join(process.env.OPENAI_CLIENT, "package.json"))("openai");
const client = new OpenAI({ baseURL: process.env.BASE_URL, apiKey: "not-needed", maxRetries: 0 });
const model = "claude-opus-4";
const say = (value) => console.log(JSON.stringify(value));
const user = (content) => [{ role: "user", content }];

// A picture of one red dot.
const dot = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

const commands = {
  async models() {
    for await (const m of client.models.list()) say(m);
  },
  async chat() {
    say(await client.chat.completions.create({ model, messages: user("offline:echo(pong)") }));
  },
  async stream() {
    const stream = await client.chat.completions.create({
      model, messages: user("offline:long(30)"), stream: true, stream_options: { include_usage: true },
    });
    for await (const chunk of stream) say(chunk);
  },
  async json() {
    const response_format = { type: "json_schema", json_schema: { name: "point", strict: true, schema: {
      type: "object", properties: { y: { type: "number" }, x: { type: "number" } }, required: ["x", "y"], additionalProperties: false,
    } } };
    for (const text of ['{"x":1,"y":2}', '```json\n{"x":3, "y":4}\n```', "Sure! Here is a point."]) {
      const question = { model, messages: user(`offline:echo(${text})`), response_format };
      try {
        const parsed = await client.chat.completions.parse(question);
        say(parsed.choices[0].message.parsed);
        let streamed = "";
        for await (const chunk of await client.chat.completions.create({ ...question, stream: true })) {
          streamed += chunk.choices[0]?.delta.content ?? "";
        }
        say(JSON.parse(streamed));
      } catch (err) {
        say({ status: err.status, code: err.code, param: err.param });
      }
    }
  },
  async image() {
    say(await client.chat.completions.create({
      model, messages: user([{ type: "text", text: "What is this?" }, { type: "image_url", image_url: { url: dot } }]),
    }));
  },
  // The client's own loop: it runs the functions and asks again until there is an answer.
  async tools() {
    const ran = [];
    const runner = client.chat.completions.runTools({
      model, messages: user("offline:tools"),
      tools: ["get_weather", "get_time"].map((name) => ({
        type: "function",
        function: {
          name, description: `Gives the ${name.slice(4)}.`, parse: JSON.parse,
          parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
          function: (args) => { ran.push({ name, args }); return `${name} of ${args.city}: fine`; },
        },
      })),
    });
    say({ final: await runner.finalContent(), ran, roles: runner.messages.map((m) => m.role) });
  },
  async toolstream() {
    const runner = client.chat.completions.stream({
      model, messages: user('offline:tool(get_weather {"city":"Rome"})'), tool_choice: "required",
      tools: [{ type: "function", function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } } }],
    });
    let pieces = 0;
    runner.on("tool_calls.function.arguments.delta", () => pieces++);
    say({ pieces, ...(await runner.finalChatCompletion()), pieces });
  },
  async error() {
    for (const how of ["rate_limited", "usage_limit", "unauthorized", "too_long"]) {
      try {
        await client.chat.completions.create({ model, messages: user("offline:" + how) });
      } catch (err) {
        say({ class: err.constructor.name, status: err.status, code: err.code, type: err.type, message: err.message });
      }
    }
    // One that comes in the middle of a stream is thrown as well.
    try {
      const stream = await client.chat.completions.create({ model, messages: user("offline:cut"), stream: true });
      for await (const _ of stream);
      say("no error");
    } catch (err) {
      say({ class: err.constructor.name, code: err.code, message: err.message });
    }
  },
  async abort() {
    const stream = await client.chat.completions.create({ model, messages: user("offline:slow(1000)"), stream: true });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) break; // leaving the loop aborts
    }
    say("aborted");
    await new Promise((resolve) => process.stdin.once("end", resolve).resume()); // the program lives on
  },
};

await commands[process.argv[2]]();
