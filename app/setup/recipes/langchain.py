{{if .Keyed}}import os

{{end}}from langchain_openai import ChatOpenAI

model = ChatOpenAI(
    model="claude-opus-4",
    base_url="{{.BaseURL}}",
    api_key={{if .Keyed}}os.environ["CLAUDE_MAX_API_KEY"]{{else}}"not-needed"{{end}},
)
print(model.invoke("Hello!").content)
