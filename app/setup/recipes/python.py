{{if .Keyed}}import os

{{end}}from openai import OpenAI

client = OpenAI(base_url="{{.BaseURL}}", api_key={{if .Keyed}}os.environ["CLAUDE_MAX_API_KEY"]{{else}}"not-needed"{{end}})
answer = client.chat.completions.create(
    model="claude-opus-4",
    messages=[{"role": "user", "content": "Hello!"}],
)
print(answer.choices[0].message.content)
