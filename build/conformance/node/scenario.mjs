// What the scenarios of all clients share: what the test asks them to do, and how
// they tell it what their user has seen.

// The test chooses the question, because it also knows the right answer.
export const { BASE_URL: baseURL, API_KEY: apiKey, QUESTION: question, SYSTEM: system, API: api } = process.env;
export const model = "claude-opus-4";
export const maxTokens = 500;

// show ends a scenario. The program lives on until the test has looked at it, so
// that nothing is over only because a process has died.
export function show(seen) {
  console.log(JSON.stringify(seen));
  process.stdin.resume();
}

// The functions that the model can call, and a record of the calls.
export const ran = [];
const run = (name, result) => ({ city }) => {
  ran.push(`${name} ${city}`);
  return `${name} of ${city}: ${result}`;
};
export const functions = {
  get_weather: { description: "Gives the weather.", run: run("get_weather", "21 degrees") },
  get_time: { description: "Gives the time.", run: run("get_time", "noon") },
};
export const parameters = {
  type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false,
};

// A picture of one red dot.
export const dot = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
